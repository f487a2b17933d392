import { sqlMigration, tenantWall } from '../../kernel/database/migrations';

/**
 * What analytics knows of datasets, from domain events alone. `datasets` holds the live ones only; a deletion leaves its version behind in
 * `deleted_datasets`, so that an older publication which arrives late cannot bring the dataset back.
 */
export const createDatasets = sqlMigration(
  1_764_000_000_000,
  'CreateDatasets',
  `
  create table datasets (
    tenant_id uuid not null,
    dataset_id uuid not null,
    name text not null,
    label text not null,
    kind text not null check (kind in ('TABLE', 'EVENTS')),
    fields jsonb not null,
    table_name text,
    version int not null,
    row_count bigint,
    import_id uuid,
    published_at timestamptz not null,
    primary key (tenant_id, dataset_id)
  );
  create index datasets_name on datasets (tenant_id, name);
  ${tenantWall('datasets')}
  create table deleted_datasets (
    tenant_id uuid not null,
    dataset_id uuid not null,
    version int not null,
    primary key (tenant_id, dataset_id)
  );
  ${tenantWall('deleted_datasets')}
`,
);
