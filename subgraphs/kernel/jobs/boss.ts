import { PgBoss } from 'pg-boss';
import { Client } from 'pg';
import type { Logger } from '../logger';

export interface BossOptions {
  connectionString: string;
  schema: string;
  log: Logger;
  /** How often lost jobs are looked for. */
  superviseSeconds: number;
  cronSeconds: number;
}

/** Starts pg-boss on a schema of its own, made when it is not there; several processes may do so at once. */
export async function startBoss(options: BossOptions): Promise<PgBoss> {
  const { connectionString, schema, log, superviseSeconds, cronSeconds } = options;
  const boss = new PgBoss({
    connectionString,
    schema,
    // A role that owns the schema need not be one that may create schemas.
    createSchema: !(await schemaExists(connectionString, schema)),
    application_name: 'datairis-jobs',
    max: 6,
    connectionTimeoutMillis: 5_000,
    superviseIntervalSeconds: superviseSeconds,
    monitorIntervalSeconds: superviseSeconds,
    cronMonitorIntervalSeconds: cronSeconds,
    cronWorkerIntervalSeconds: Math.min(cronSeconds, 5),
    registerInstance: false,
    openTelemetry: { enabled: false },
  });
  boss.on('error', (error) => log.error({ err: error }, 'the job queue reports an error'));
  boss.on('warning', (warning) => log.warn({ warning }, 'the job queue reports a warning'));
  try {
    await boss.start();
    return boss;
  } catch (error) {
    await boss.stop({ graceful: false }).catch(() => undefined);
    throw error;
  }
}

async function schemaExists(connectionString: string, schema: string): Promise<boolean> {
  const client = new Client({ connectionString, connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    const { rowCount } = await client.query('select 1 from pg_namespace where nspname = $1', [schema]);
    return rowCount === 1;
  } finally {
    await client.end();
  }
}
