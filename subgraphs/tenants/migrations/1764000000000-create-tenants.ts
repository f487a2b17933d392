import { sqlMigration, tenantWall } from '../../kernel/database/migrations';

export const createTenants = sqlMigration(
  1_764_000_000_000,
  'CreateTenants',
  `
  create table tenants (
    tenant_id uuid primary key,
    name text not null,
    -- Unique across tenants on purpose: it names one in an address. Whether one is taken is all that another tenant can learn.
    slug text not null unique,
    isolation text not null default 'row' check (isolation in ('row', 'schema', 'database')),
    status text not null default 'active' check (status in ('active', 'suspended')),
    locale text not null,
    time_zone text not null,
    week_start text not null,
    theme text not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
  );
  ${tenantWall('tenants')}
`,
);
