import { controlAccess, sqlMigration, tenantWall } from '../../kernel/database/migrations';

/**
 * How far each partition of `raw-events` is in the columns, and which range is under way (see `ledger.ts`). It is about partitions, not
 * tenants, and the control plane's alone. `seen_event` remembers for a day the ids that clients gave.
 */
export const createIngest = sqlMigration(
  1_764_000_000_900,
  'CreateIngest',
  (roles) => `
  create table ingest_ledger (
    topic text not null,
    partition int not null,
    epoch int not null,
    next_offset bigint not null,
    open_to bigint,
    dropped bigint[] not null default '{}',
    updated_at timestamptz not null default now(),
    primary key (topic, partition)
  );
  revoke all on ingest_ledger from ${roles.app};
  grant select, insert, update on ingest_ledger to ${roles.control};

  create table seen_event (
    tenant_id uuid not null,
    event_key uuid not null,
    partition int not null,
    "offset" bigint not null,
    seen_at timestamptz not null,
    primary key (tenant_id, event_key)
  );
  create index seen_event_age on seen_event (seen_at);
  ${tenantWall('seen_event')}
  ${controlAccess('seen_event', 'select, insert, update, delete', roles)}
`,
);
