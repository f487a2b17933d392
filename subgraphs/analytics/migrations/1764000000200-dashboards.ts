import { sqlMigration, tenantWall } from '../../kernel/database/migrations';

export const createDashboards = sqlMigration(
  1_764_000_000_200,
  'CreateDashboards',
  `
  create table dashboards (
    tenant_id uuid not null,
    id uuid not null,
    name text not null,
    description text,
    owner_id uuid,
    version int not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    primary key (tenant_id, id)
  );
  ${tenantWall('dashboards')}
  create table tiles (
    tenant_id uuid not null,
    id uuid not null,
    dashboard_id uuid not null,
    title text not null,
    kind text not null,
    query jsonb not null,
    layout jsonb not null,
    options jsonb not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, dashboard_id) references dashboards (tenant_id, id) on delete cascade
  );
  create index tiles_dashboard on tiles (tenant_id, dashboard_id, id);
  ${tenantWall('tiles')}
`,
);
