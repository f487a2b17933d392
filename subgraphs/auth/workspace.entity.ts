import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The name of a tenant, projected from the tenants subgraph's events: somebody who chooses a workspace has entered none of them yet. */
@Entity('workspaces')
export class WorkspaceEntity {
  @PrimaryColumn('uuid', { name: 'tenant_id' })
  tenantId!: string;

  @Column('text')
  name!: string;
}
