import { Client, Pool } from 'pg';
import { ManualClock } from '../../clock';
import { prepareSchema } from '../../database/database';
import { createLogger } from '../../logger';
import { createTestDatabase, testSecrets } from '../../testing/postgres';
import { createPostgresLog, logMigrations, type PostgresLog } from '../log.postgres';
import { encodeBody } from '../record';
import { logContract } from './log.contract';
import { QUICK } from './open-from-env';

const log = createLogger({ service: 'test', level: 'silent' });

describe('the log on PostgreSQL', () => {
  logContract(async () => {
    const database = await createTestDatabase();
    const { app } = await prepareSchema({
      adminUrl: database.adminUrl,
      schema: 'log',
      secrets: testSecrets,
      migrations: logMigrations,
    });
    const clock = new ManualClock(new Date());
    const pools: Pool[] = [];
    return {
      childEnv: { CHILD_LOG_URL: app },
      open: () => {
        const pool = new Pool({ connectionString: app, max: 6 });
        pools.push(pool);
        return createPostgresLog({ pool, schema: 'log', log, clock, ...QUICK });
      },
      async holdAppend(topic, record) {
        const client = new Client({ connectionString: app });
        await client.connect();
        await client.query('begin');
        await client.query(
          `select log.log_append(id, '{0}', '{1}', '{1}', '{0}', array[$2::uuid], $3, now()) from log.log_topics where name = $1`,
          [topic, record.tenantId, encodeBody(record)],
        );
        const end = (how: string) => async () => {
          await client.query(how);
          await client.end();
        };
        return { commit: end('commit'), rollback: end('rollback') };
      },
      async expire(own) {
        clock.advance(3_700_000);
        await (own as PostgresLog).sweep();
      },
      async close() {
        await Promise.all(pools.map((pool) => pool.end()));
        await database.drop();
      },
    };
  });
});
