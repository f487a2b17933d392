import { controlAccess, tenantWall } from '../database/migrations';
import type { SchemaRoles } from '../database/roles';

/** How often a limit begins anew, in UTC; `total` never does. */
export const QUOTA_PERIODS = ['day', 'month', 'total'] as const;

/**
 * Tables and functions of the quotas, for a migration of the tenants subgraph (`sqlMigration(…, 'CreateQuota', quotaSql)`), which owns the
 * limits: a row in `quota_limit` limits, no row does not. All else goes through the two functions. They run with their owner's rights and
 * may be called by every subgraph's role; the tables stay closed to those.
 *
 * Exact under concurrency: the one `update … where used + amount <= limit` waits for the row, then judges its newest state.
 */
export const quotaSql = (roles: SchemaRoles): string => `
  create table quota_limit (
    tenant_id uuid not null,
    resource text not null,
    amount bigint not null check (amount >= 0),
    period text not null check (period in ('day', 'month', 'total')),
    primary key (tenant_id, resource)
  );
  ${tenantWall('quota_limit')}
  ${controlAccess('quota_limit', 'select, insert, update, delete', roles)}

  create table quota_usage (
    tenant_id uuid not null,
    resource text not null,
    period text not null,
    starts_at timestamptz not null,
    used bigint not null default 0 check (used >= 0),
    primary key (tenant_id, resource, period, starts_at)
  );
  ${tenantWall('quota_usage')}
  ${controlAccess('quota_usage', 'select, update, delete', roles)}

  create table quota_reservation (
    tenant_id uuid not null,
    id uuid not null,
    resource text not null,
    period text not null,
    starts_at timestamptz not null,
    amount bigint not null,
    created_at timestamptz not null default now(),
    primary key (tenant_id, id)
  );
  create index quota_reservation_age on quota_reservation (tenant_id, created_at);
  ${tenantWall('quota_reservation')}

  -- The wall holds for the owner too, so each function enters the tenant, and gives the caller's own tenant back when it ends.
  create function quota_reserve(tenant uuid, reservation uuid, what text, how_much bigint, at timestamptz)
  returns table (granted boolean, remaining bigint, reset_at timestamptz)
  language plpgsql security definer set search_path = ${roles.schema}, pg_temp as $body$
  declare
    callers text := coalesce(current_setting('app.tenant_id', true), '');
    allowed bigint;
    span text;
    started timestamptz;
    now_used bigint;
  begin
    if how_much < 0 then raise exception 'a reservation cannot be negative'; end if;
    perform set_config('app.tenant_id', tenant::text, true);
    select l.amount, l.period into allowed, span from quota_limit l where l.tenant_id = tenant and l.resource = what;
    span := coalesce(span, 'month');
    started := case span when 'total' then '-infinity'::timestamptz else date_trunc(span, at, 'UTC') end;
    reset_at := case span when 'total' then '9999-12-31'::timestamptz
      else date_trunc(span, started + case span when 'day' then interval '25 hours' else interval '32 days' end, 'UTC') end;

    insert into quota_usage (tenant_id, resource, period, starts_at) values (tenant, what, span, started) on conflict do nothing;
    update quota_usage u set used = u.used + how_much
      where u.tenant_id = tenant and u.resource = what and u.period = span and u.starts_at = started
        and (allowed is null or how_much = 0 or u.used + how_much <= allowed)
      returning u.used into now_used;
    granted := found;
    if granted then
      insert into quota_reservation (tenant_id, id, resource, period, starts_at, amount)
        values (tenant, reservation, what, span, started, how_much);
    else
      select u.used into now_used from quota_usage u
        where u.tenant_id = tenant and u.resource = what and u.period = span and u.starts_at = started;
    end if;
    remaining := case when allowed is not null then greatest(0, allowed - now_used) end;

    -- Reservations nobody settled are used up; after two days nobody will come for them.
    if random() < 0.01 then
      delete from quota_reservation r where r.tenant_id = tenant and r.created_at < now() - interval '2 days';
    end if;
    perform set_config('app.tenant_id', callers, true);
    return next;
  end $body$;

  create function quota_settle(tenant uuid, reservation uuid, really_used bigint) returns boolean
  language plpgsql security definer set search_path = ${roles.schema}, pg_temp as $body$
  declare
    callers text := coalesce(current_setting('app.tenant_id', true), '');
    held quota_reservation;
    settled boolean;
  begin
    if really_used < 0 then raise exception 'nobody can use less than nothing'; end if;
    perform set_config('app.tenant_id', tenant::text, true);
    delete from quota_reservation r where r.tenant_id = tenant and r.id = reservation returning * into held;
    settled := found;
    update quota_usage u set used = greatest(0, u.used + really_used - held.amount)
      where u.tenant_id = tenant and u.resource = held.resource and u.period = held.period and u.starts_at = held.starts_at;
    perform set_config('app.tenant_id', callers, true);
    return settled;
  end $body$;

  grant usage on schema ${roles.schema} to public;
  grant execute on function quota_reserve(uuid, uuid, text, bigint, timestamptz), quota_settle(uuid, uuid, bigint) to public;
`;
