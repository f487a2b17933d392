import { Client, Pool } from 'pg';
import { ManualClock } from '../../clock';
import { prepareSchema } from '../../database/database';
import { createLogger } from '../../logger';
import { createTestDatabase, testSecrets } from '../../testing/postgres';
import { createPostgresLog, logMigrations, type PostgresLog } from '../log.postgres';
import { newId } from '../../ids';
import { encodeBody } from '../record';
import { eventually } from './contract-tools';
import { logContract } from './log.contract';
import { QUICK } from './open-from-env';

const log = createLogger({ service: 'test', level: 'silent' });

describe('the log on PostgreSQL', () => {
  logContract({ transactions: true, retention: true }, async () => {
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

  it('goes on when all its connections break again and again, by polling where notifications are lost', async () => {
    const database = await createTestDatabase();
    const { app } = await prepareSchema({
      adminUrl: database.adminUrl,
      schema: 'log',
      secrets: testSecrets,
      migrations: logMigrations,
    });
    const pool = new Pool({ connectionString: app, max: 6 });
    const admin = new Pool({ connectionString: database.adminUrl, max: 1 });
    for (const each of [pool, admin]) each.on('error', () => undefined); // dropping the database ends what is idle
    const own = createPostgresLog({ pool, schema: 'log', log, ...QUICK });
    await own.ensureTopic('t', { partitions: 3, retentionMs: null });
    const seen = new Set<unknown>();
    const consumer = await own.consume({
      group: 'g',
      topic: 't',
      handle: async (batch) => {
        batch.records.forEach(({ value }) => seen.add(value));
        await batch.commit(batch.nextOffset);
      },
    });
    const accepted: number[] = [];
    for (let n = 0; n < 200; n++) {
      if (n % 40 === 20) {
        await admin.query(`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'di_log_app'
          and datname = current_database()`);
      }
      await own.append('t', [{ tenantId: newId(), key: `${n}`, value: n }]).then(
        () => accepted.push(n),
        (error: unknown) => expect(error).toMatchObject({ code: 'UNAVAILABLE' }),
      );
    }
    expect(accepted.length).toBeGreaterThan(100);
    await eventually(() => accepted.forEach((n) => expect(seen).toContain(n)));
    await eventually(async () => expect([...(await consumer.lag()).values()]).toEqual([0n, 0n, 0n]));
    await own.close();
    await Promise.all([pool.end(), admin.end()]);
    await database.drop();
  });
});
