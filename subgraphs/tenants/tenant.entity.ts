import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A tenant and its settings: the one row of its own. */
@Entity('tenants')
export class TenantEntity {
  @PrimaryColumn('uuid', { name: 'tenant_id' })
  id!: string;

  @Column('text')
  name!: string;

  /** Unique in the installation; for addresses that people read. */
  @Column('text')
  slug!: string;

  /** Where its rows live, see `IsolationLevel`. */
  @Column('text')
  isolation!: 'row' | 'schema' | 'database';

  @Column('text')
  status!: 'active' | 'suspended';

  @Column('text')
  locale!: string;

  @Column('text', { name: 'time_zone' })
  timeZone!: string;

  @Column('text', { name: 'week_start' })
  weekStart!: string;

  @Column('text')
  theme!: string;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt!: Date;
}
