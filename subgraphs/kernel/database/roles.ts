import { Client } from 'pg';
import type { Secrets } from '../secrets';

/** The three roles of one schema. Names are derived, so that migrations can name them. */
export interface SchemaRoles {
  schema: string;
  /** Owns the tables, runs migrations, never serves a request. */
  owner: string;
  /** Serves requests: bound by row-level security, sees the tenant of the transaction only. */
  app: string;
  /** The narrow control plane (outbox relay, identities): only what a migration grants it, across tenants. */
  control: string;
}

/** @param schema a lower-case identifier such as `data_sources`. */
export function rolesOf(schema: string): SchemaRoles {
  if (!/^[a-z][a-z0-9_]{0,40}$/.test(schema)) throw new Error(`not a schema name: ${schema}`);
  return { schema, owner: `di_${schema}_owner`, app: `di_${schema}_app`, control: `di_${schema}_control` };
}

export const rolePassword = (secrets: Secrets, role: string): string => secrets.sign('database-role', role);

/** `adminUrl` with another user and password. */
export function urlFor(adminUrl: string, role: string, secrets: Secrets): string {
  const url = new URL(adminUrl);
  url.username = role;
  url.password = rolePassword(secrets, role);
  return url.toString();
}

/** Any one number will do, as long as all processes take the same: one provisioning at a time in a database. */
const PROVISIONING_LOCK = 4_715_001;

/**
 * Makes the schema and its roles, and brings passwords and grants up to date. Repeatable, safe from several processes.
 * All values that meet SQL here are derived identifiers or hex digests.
 */
export async function provisionSchema(adminUrl: string, schema: string, secrets: Secrets): Promise<void> {
  const { owner, app, control } = rolesOf(schema);
  const client = new Client({ connectionString: adminUrl, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [PROVISIONING_LOCK]);
    for (const role of [owner, app, control]) await ensureRole(client, role, rolePassword(secrets, role));
    await client.query(`grant ${owner} to current_user`);
    await client.query(`create schema if not exists ${schema} authorization ${owner}`);
    await client.query(`grant usage on schema ${schema} to ${app}, ${control}`);
    for (const [what, to] of [
      ['select, insert, update, delete on tables', app],
      ['usage, select on sequences', app],
      ['usage, select on sequences', control],
    ]) {
      await client.query(`alter default privileges for role ${owner} in schema ${schema} grant ${what} to ${to}`);
    }
  } finally {
    await client.end();
  }
}

async function ensureRole(client: Client, role: string, password: string): Promise<void> {
  // Roles belong to the whole server: another database's provisioning may make the same one at the same moment.
  await client.query(`do $$ begin
    create role ${role} login nosuperuser nobypassrls nocreatedb nocreaterole;
  exception when duplicate_object or unique_violation then null; end $$`);
  for (let attempt = 1; ; attempt++) {
    try {
      await client.query(`alter role ${role} with password '${password}'`);
      return;
    } catch (error) {
      if (attempt === 5 || !/concurrently updated/.test((error as Error).message)) throw error;
    }
  }
}
