import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'pg';
import { systemClock } from '../../../kernel/clock';
import { createColumns } from '../../../kernel/columns/columns.clickhouse';
import type { Columns } from '../../../kernel/columns/columns';
import { openDatabase } from '../../../kernel/database/database';
import { createPostgresLog } from '../../../kernel/log/log.postgres';
import { createLogger } from '../../../kernel/logger';
import { testSecrets } from '../../../kernel/testing/postgres';
import { startColumnsConsumer } from '../columns-consumer';
import { createIngest } from '../ingest.migration';
import { QUICK } from './exactly-once.harness';

/**
 * The consumer in a process that is going to be killed. With CHILD_HANG=n it stops for ever right after the engine has acknowledged its n-th
 * insert, before anything else is written, and says so. CHILD_NO_TOKEN leaves the tokens out.
 */
async function main(env: NodeJS.ProcessEnv): Promise<void> {
  const log = createLogger({ service: 'child', level: env.TEST_LOG ?? 'silent' });
  const pool = new Pool({ connectionString: env.CHILD_LOG_URL, max: 6 });
  const { url, username, password } = JSON.parse(env.CHILD_COLUMNS!) as Record<'url' | 'username' | 'password', string>;
  const columns = createColumns({ url, username, password, log });
  let hangAfter = Number(env.CHILD_HANG ?? Infinity);
  const insert: Columns['insert'] = async (table, rows, options) => {
    await columns.insert(table, rows, env.CHILD_NO_TOKEN ? { ...options, token: undefined } : options);
    if (--hangAfter > 0) return;
    process.stdout.write('inserted\n');
    await sleep(600_000);
  };
  const database = await openDatabase({
    adminUrl: env.CHILD_ADMIN_URL!,
    schema: 'analytics',
    secrets: testSecrets,
    migrations: [createIngest],
    poolSize: 2,
  });
  await startColumnsConsumer({
    log: createPostgresLog({ pool, schema: 'log', log, ...QUICK }),
    columns: { ...columns, insert },
    database,
    logger: log,
    clock: systemClock,
  });
  process.stdout.write('started\n');
}

void main(process.env);
