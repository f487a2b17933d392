import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A person, across all tenants. Control plane: a tenant sees only its own members, and nobody but the control role sees the hash. */
@Entity('identities')
export class IdentityEntity {
  @PrimaryColumn('uuid')
  id!: string;

  /** Normalised, see `normalizeEmail`. */
  @Column('text')
  email!: string;

  @Column('text', { name: 'password_hash', select: false })
  passwordHash!: string;

  @Column('text', { name: 'display_name' })
  displayName!: string;

  @Column('text', { nullable: true })
  locale!: string | null;

  @Column('text', { name: 'time_zone', nullable: true })
  timeZone!: string | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;
}
