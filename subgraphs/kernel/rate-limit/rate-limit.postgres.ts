import type { Pool } from 'pg';
import { RateLimiterPostgres } from 'rate-limiter-flexible';
import type { Logger } from '../logger';
import { orUnavailable } from '../pubsub/store-fault';
import { flexibleRateLimiter } from './flexible';
import type { RateLimiter } from './rate-limit';

export interface PostgresRateLimiterDeps {
  /** As a role that owns the schema, or may create it. Owned by the caller. */
  pool: Pool;
  log: Logger;
  /** Default `cache`. */
  schema?: string;
  /** Milliseconds between removals of ended windows; default one minute. */
  sweepMs?: number;
}

const TABLE = 'rate_limit';
/** The same in all processes: one of them makes the table. */
const LOCK = 4_715_003;

/** Counts in an unlogged table: for several processes without Redis. Throws UNAVAILABLE when the database cannot be reached. */
export async function openPostgresRateLimiter(deps: PostgresRateLimiterDeps): Promise<RateLimiter> {
  const { pool, log, schema = 'cache', sweepMs = 60_000 } = deps;
  if (!/^[a-z][a-z0-9_]{0,40}$/.test(schema)) throw new Error(`not a schema name: ${schema}`);
  await orUnavailable('The rate limiter', () => prepare(pool, schema));
  let sweeping: Promise<void> | undefined;
  const sweep = async (): Promise<void> => {
    try {
      await pool.query(`delete from ${schema}.${TABLE} where expire < $1`, [Date.now()]);
    } catch (error) {
      log.warn({ err: error }, 'ended rate limits could not be removed');
    }
  };
  const timer = setInterval(() => {
    sweeping ??= sweep().finally(() => (sweeping = undefined));
  }, sweepMs);
  timer.unref();

  return flexibleRateLimiter({
    create: ({ points, seconds }) =>
      new RateLimiterPostgres({
        storeClient: pool,
        storeType: 'pool',
        schemaName: schema,
        tableName: TABLE,
        tableCreated: true,
        clearExpiredByTimeout: false,
        points,
        duration: seconds,
      }),
    close: async () => {
      clearInterval(timer);
      await sweeping;
    },
  });
}

async function prepare(pool: Pool, schema: string): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    await client.query('select pg_advisory_xact_lock($1)', [LOCK]);
    const { rowCount } = await client.query('select 1 from pg_namespace where nspname = $1', [schema]);
    if (rowCount === 0) await client.query(`create schema if not exists ${schema}`);
    // As the library wants it, but unlogged: a crash of the server may forget who tried how often.
    await client.query(`
      create unlogged table if not exists ${schema}.${TABLE} (
        key varchar(255) primary key, points integer not null default 0, expire bigint
      );
      create index if not exists ${TABLE}_expiry on ${schema}.${TABLE} (expire)`);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  } finally {
    client.release();
  }
}
