import type { MigrationInterface, QueryRunner } from 'typeorm';
import { rolesOf, type SchemaRoles } from './roles';

export type MigrationClass = new () => MigrationInterface;

/**
 * A migration written in SQL by hand. It runs as the schema's owner, in a transaction, with the schema first on the search path.
 *
 * @param timestamp 13 digits, orders migrations: `1764000000000`.
 * @param name what it does, `CreateDashboards`.
 * @param sql the text, or a function of the schema's roles where a grant names one.
 */
export function sqlMigration(
  timestamp: number,
  name: string,
  sql: string | ((roles: SchemaRoles) => string),
): MigrationClass {
  return class implements MigrationInterface {
    readonly name = `${name}${timestamp}`;

    async up(runner: QueryRunner): Promise<void> {
      const rows = (await runner.query('select current_schema() as schema')) as { schema: string }[];
      const text = typeof sql === 'function' ? sql(rolesOf(rows[0]!.schema)) : sql;
      await runner.query(text);
    }

    down(): Promise<void> {
      // Going back would lose data; a mistake is mended by the next migration.
      return Promise.reject(new Error(`${name} has no way back`));
    }
  };
}

const OWN_TENANT = `tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid`;

/**
 * SQL that walls a table: every row belongs to the tenant of the transaction or does not exist, for the owner too.
 * The table must have `tenant_id uuid not null` first in its keys.
 */
export const tenantWall = (table: string): string => `
  alter table ${table} enable row level security;
  alter table ${table} force row level security;
  create policy tenant on ${table} using (${OWN_TENANT}) with check (${OWN_TENANT});
`;

/** SQL that lets the control plane at a walled table, across tenants, with just these rights (`select, update`). */
export const controlAccess = (table: string, rights: string, roles: SchemaRoles): string => `
  grant ${rights} on ${table} to ${roles.control};
  create policy control on ${table} to ${roles.control} using (true) with check (true);
`;
