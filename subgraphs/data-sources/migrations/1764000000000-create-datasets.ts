import { controlAccess, sqlMigration, tenantWall } from '../../kernel/database/migrations';

export const createDatasets = sqlMigration(
  1_764_000_000_000,
  'CreateDatasets',
  (roles) => `
  create table dataset (
    tenant_id uuid not null,
    id uuid not null,
    name text not null,
    label text not null,
    description text,
    kind text not null check (kind in ('TABLE', 'EVENTS')),
    fields jsonb not null default '[]',
    row_count bigint,
    -- Counts publications: what consumers order by.
    version int not null default 0,
    table_name text,
    -- Counts tables ever begun: no two attempts share one.
    table_counter int not null default 0,
    published_import_id uuid,
    created_by uuid,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    primary key (tenant_id, id)
  );
  create unique index dataset_name on dataset (tenant_id, name);
  ${tenantWall('dataset')}

  create table import_run (
    tenant_id uuid not null,
    id uuid not null,
    dataset_id uuid not null,
    status text not null check (status in ('QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED')),
    format text not null,
    file_name text not null,
    source jsonb not null,
    fields jsonb,
    label text,
    description text,
    attempt int not null default 0,
    stage text not null default 'queued',
    rows_read bigint not null default 0,
    rows_loaded bigint not null default 0,
    rows_rejected bigint not null default 0,
    file_rows bigint,
    bytes_done bigint not null default 0,
    bytes_total bigint not null default 0,
    reconciled boolean,
    error_code text,
    error_message text,
    idempotency_key text,
    input_hash text,
    started_by uuid,
    created_at timestamptz not null,
    started_at timestamptz,
    finished_at timestamptz,
    heartbeat_at timestamptz,
    primary key (tenant_id, id),
    foreign key (tenant_id, dataset_id) references dataset (tenant_id, id) on delete cascade
  );
  create index import_run_dataset on import_run (tenant_id, dataset_id, id desc);
  create unique index import_run_active on import_run (tenant_id, dataset_id) where status in ('QUEUED', 'RUNNING');
  create unique index import_run_idempotency on import_run (tenant_id, idempotency_key) where idempotency_key is not null;
  create index import_run_upload on import_run (tenant_id, (source->>'fileId'));
  create index import_run_open on import_run (heartbeat_at) where status in ('QUEUED', 'RUNNING');
  ${tenantWall('import_run')}
  ${controlAccess('import_run', 'select', roles)}

  create table import_rejection (
    tenant_id uuid not null,
    run_id uuid not null,
    position int not null,
    line bigint not null,
    "column" text,
    reason text not null,
    raw text,
    primary key (tenant_id, run_id, position),
    foreign key (tenant_id, run_id) references import_run (tenant_id, id) on delete cascade
  );
  ${tenantWall('import_rejection')}

  -- Every ClickHouse table of ours, written before the table is made and removed after it is dropped, so that none is ever forgotten.
  -- No foreign key: it outlives its dataset.
  create table dataset_table (
    tenant_id uuid not null,
    name text not null,
    dataset_id uuid not null,
    run_id uuid not null,
    drop_after timestamptz,
    created_at timestamptz not null,
    primary key (tenant_id, name)
  );
  create index dataset_table_due on dataset_table (drop_after) where drop_after is not null;
  ${tenantWall('dataset_table')}
  ${controlAccess('dataset_table', 'select', roles)}

  create table upload (
    tenant_id uuid not null,
    file_id uuid not null,
    name text not null,
    format text not null,
    size bigint not null,
    created_by uuid,
    created_at timestamptz not null,
    primary key (tenant_id, file_id)
  );
  create index upload_age on upload (created_at);
  ${tenantWall('upload')}
  ${controlAccess('upload', 'select', roles)}
`,
);
