import { DataSource, type EntityManager, type EntityTarget, type ObjectLiteral } from 'typeorm';
import { DomainError } from '../errors';
import type { Secrets } from '../secrets';
import type { MigrationClass } from './migrations';
import { provisionSchema, rolesOf, urlFor } from './roles';

/** One subgraph's schema. Verbs reach rows through a transaction of their tenant, never otherwise. */
export interface Database {
  readonly schema: string;
  /** A transaction that sees and writes rows of this tenant only (row-level security). */
  withTenant<T>(scope: { tenantId: string | null }, work: (tx: EntityManager) => Promise<T>): Promise<T>;
  /** A transaction of the control plane: across tenants, but only the tables and rights a migration granted. */
  control<T>(work: (tx: EntityManager) => Promise<T>): Promise<T>;
  ping(): Promise<void>;
  /** Connection string of the app role, for adapters with a connection of their own (LISTEN, pg-boss). */
  readonly appUrl: string;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  /** A role that may create roles and schemas. */
  adminUrl: string;
  schema: string;
  secrets: Secrets;
  entities?: readonly EntityTarget<ObjectLiteral>[];
  migrations: readonly MigrationClass[];
  /** Connections for requests; the control plane has two more. */
  poolSize?: number;
}

/** Connection strings of a schema's roles. */
export interface SchemaUrls {
  owner: string;
  app: string;
}

/** Provisions a schema and applies its migrations, for an adapter that brings its own pool (log, cache, jobs). */
export async function prepareSchema(options: Omit<DatabaseOptions, 'entities' | 'poolSize'>): Promise<SchemaUrls> {
  const { adminUrl, schema, secrets } = options;
  const roles = rolesOf(schema);
  await provisionSchema(adminUrl, schema, secrets);
  if (options.migrations.length > 0) await migrate(options);
  return { owner: urlFor(adminUrl, roles.owner, secrets), app: urlFor(adminUrl, roles.app, secrets) };
}

/** Provisions the schema, applies its migrations and opens its pools. */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const { adminUrl, schema, secrets, poolSize = 10 } = options;
  const roles = rolesOf(schema);
  const urls = await prepareSchema(options);

  const entities = [...(options.entities ?? [])] as Function[];
  const app = await source(urls.app, schema, poolSize, entities).initialize();
  const control = await source(urlFor(adminUrl, roles.control, secrets), schema, 2, entities).initialize();

  return {
    schema,
    appUrl: urls.app,
    withTenant: ({ tenantId }, work) => {
      if (tenantId === null) {
        throw new DomainError('UNAUTHENTICATED', 'Sign in first: this belongs to a workspace.');
      }
      return unavailable(() =>
        app.transaction(async (tx) => {
          await tx.query(`select set_config('app.tenant_id', $1, true)`, [tenantId]);
          return work(tx);
        }),
      );
    },
    control: (work) => unavailable(() => control.transaction(work)),
    ping: async () => void (await app.query('select 1')),
    close: async () => {
      await Promise.all([app.destroy(), control.destroy()]);
    },
  };
}

/** Runs what is pending, one process at a time. */
async function migrate({ adminUrl, schema, secrets, migrations }: DatabaseOptions): Promise<void> {
  const owner = await new DataSource({
    type: 'postgres',
    url: urlFor(adminUrl, rolesOf(schema).owner, secrets),
    schema,
    migrations: [...migrations],
    migrationsTableName: 'migrations',
    migrationsTransactionMode: 'each',
    extra: { options: `-c search_path=${schema},public`, max: 2 },
  }).initialize();
  const runner = owner.createQueryRunner();
  try {
    await runner.query('select pg_advisory_lock(hashtext($1))', [`migrate:${schema}`]);
    await owner.runMigrations();
    await runner.query('select pg_advisory_unlock(hashtext($1))', [`migrate:${schema}`]);
  } finally {
    await runner.release();
    await owner.destroy();
  }
}

const source = (url: string, schema: string, poolSize: number, entities: Function[]): DataSource =>
  new DataSource({
    type: 'postgres',
    url,
    schema,
    entities,
    poolSize,
    connectTimeoutMS: 5_000,
    poolErrorHandler: () => undefined, // a broken idle connection is replaced; the query that needs one reports
    extra: {
      options: `-c search_path=${schema},public`,
      statement_timeout: 30_000,
      idle_in_transaction_session_timeout: 60_000,
      connectionTimeoutMillis: 5_000,
    },
  });

const CONNECTION_FAULTS = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ETIMEDOUT',
  'EPIPE',
  '57P01',
  '57P02',
  '57P03',
  '08006',
  '08001',
  '53300',
]);

/** A database that cannot be reached is UNAVAILABLE, not a mystery. */
async function unavailable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { code, message } = error as { code?: string; message?: string };
    if (
      (code && CONNECTION_FAULTS.has(code)) ||
      /Connection terminated|timeout exceeded when trying to connect/.test(message ?? '')
    ) {
      throw new DomainError(
        'UNAVAILABLE',
        'The database cannot be reached just now. Try again in a few seconds.',
        { retryAfterSeconds: 5 },
        { cause: error },
      );
    }
    throw error;
  }
}
