import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import { IdentityEntity } from './identity.entity';

/** What an identity may do in one tenant. */
@Entity('memberships')
export class MembershipEntity {
  @PrimaryColumn('uuid', { name: 'tenant_id' })
  tenantId!: string;

  @PrimaryColumn('uuid', { name: 'user_id' })
  userId!: string;

  /** Names of roles; unknown ones grant nothing. */
  @Column('text', { array: true })
  roles!: string[];

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @ManyToOne(() => IdentityEntity)
  @JoinColumn({ name: 'user_id', referencedColumnName: 'id' })
  identity!: IdentityEntity;
}
