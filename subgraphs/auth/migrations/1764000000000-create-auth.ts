import { controlAccess, sqlMigration, tenantWall } from '../../kernel/database/migrations';

/**
 * Identities and signing keys belong to the control plane, since signing in happens before a tenant is known; they are keyed by their own
 * ids. Everything that belongs to a tenant is keyed by it and walled.
 */
export const createAuth = sqlMigration(
  1_764_000_000_000,
  'CreateAuth',
  (roles) => `
  create table identities (
    id uuid primary key,
    email text not null unique,
    password_hash text not null,
    display_name text not null,
    locale text,
    time_zone text,
    created_at timestamptz not null
  );

  create table memberships (
    tenant_id uuid not null,
    user_id uuid not null references identities (id) on delete cascade,
    roles text[] not null,
    created_at timestamptz not null,
    primary key (tenant_id, user_id)
  );
  create index memberships_user on memberships (user_id);
  ${tenantWall('memberships')}
  ${controlAccess('memberships', 'select, insert, update', roles)}

  -- Requests see the members of their tenant, without the hash; nothing else.
  revoke all on identities from ${roles.app};
  grant select (id, email, display_name, locale, time_zone, created_at) on identities to ${roles.app};
  alter table identities enable row level security;
  alter table identities force row level security;
  create policy members on identities for select to ${roles.app}
    using (exists (select 1 from memberships m where m.user_id = identities.id));
  ${controlAccess('identities', 'select, insert, update', roles)}

  create table sessions (
    tenant_id uuid not null,
    id uuid not null,
    user_id uuid not null,
    address text,
    created_at timestamptz not null,
    last_used_at timestamptz not null,
    expires_at timestamptz not null,
    revoked_at timestamptz,
    revoked_reason text,
    primary key (tenant_id, id),
    foreign key (tenant_id, user_id) references memberships (tenant_id, user_id) on delete cascade
  );
  create index sessions_user on sessions (tenant_id, user_id);
  create index sessions_expiry on sessions (expires_at);
  ${tenantWall('sessions')}
  ${controlAccess('sessions', 'select, insert, update, delete', roles)}

  create table refresh_tokens (
    tenant_id uuid not null,
    token_hash text not null,
    session_id uuid not null,
    issued_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz,
    primary key (tenant_id, token_hash),
    foreign key (tenant_id, session_id) references sessions (tenant_id, id) on delete cascade
  );
  create index refresh_tokens_hash on refresh_tokens (token_hash);
  create index refresh_tokens_session on refresh_tokens (tenant_id, session_id);
  create index refresh_tokens_expiry on refresh_tokens (expires_at);
  ${tenantWall('refresh_tokens')}
  ${controlAccess('refresh_tokens', 'select, insert, update, delete', roles)}

  create table signing_keys (
    kid text primary key,
    public_jwk jsonb not null,
    private_key bytea,
    created_at timestamptz not null,
    retired_at timestamptz,
    check (private_key is not null or retired_at is not null)
  );
  -- However many processes start at once, one key signs.
  create unique index signing_keys_current on signing_keys ((true)) where retired_at is null;
  revoke all on signing_keys from ${roles.app};
  grant select, insert, update, delete on signing_keys to ${roles.control};

  create table workspaces (
    tenant_id uuid primary key,
    name text not null
  );
  ${tenantWall('workspaces')}
  ${controlAccess('workspaces', 'select, insert', roles)}
`,
);
