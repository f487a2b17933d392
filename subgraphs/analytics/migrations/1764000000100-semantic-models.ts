import { sqlMigration, tenantWall } from '../../kernel/database/migrations';

/** Each definition is one immutable version; the newest is in force. A metric keeps its id for as long as its name stays. */
export const createSemanticModels = sqlMigration(
  1_764_000_000_100,
  'CreateSemanticModels',
  `
  create table semantic_models (
    tenant_id uuid not null,
    dataset_id uuid not null,
    version int not null,
    generated boolean not null,
    definition jsonb not null,
    created_at timestamptz not null,
    created_by uuid,
    primary key (tenant_id, dataset_id, version)
  );
  ${tenantWall('semantic_models')}
  create table metrics (
    tenant_id uuid not null,
    id uuid not null,
    dataset_id uuid not null,
    name text not null,
    primary key (tenant_id, id),
    unique (tenant_id, dataset_id, name)
  );
  ${tenantWall('metrics')}
`,
);
