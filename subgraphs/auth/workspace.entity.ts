import { Column, Entity, PrimaryColumn } from 'typeorm';

/**
 * What auth keeps of a tenant, projected from the tenants subgraph's events: the name, since somebody who chooses a workspace has entered
 * none of them yet, and the language and time zone of members who have chosen none.
 */
@Entity('workspaces')
export class WorkspaceEntity {
  @PrimaryColumn('uuid', { name: 'tenant_id' })
  tenantId!: string;

  @Column('text')
  name!: string;

  @Column('text', { nullable: true })
  locale!: string | null;

  @Column('text', { name: 'time_zone', nullable: true })
  timeZone!: string | null;
}
