import { Pool } from 'pg';
import { createLogger } from '../../logger';
import { createTestDatabase, type TestDatabase } from '../../testing/postgres';
import { createMemoryPubSub } from '../pubsub.memory';
import { openPostgresPubSub } from '../pubsub.postgres';
import { openRedisPubSub } from '../pubsub.redis';
import { connectRedis } from '../redis-connection';
import { eventually, pubsubContract } from './contract';
import { describeWithRedis } from './with-redis';

const log = createLogger({ service: 'test', level: 'silent' });

describe('memory', () => {
  pubsubContract(async () => {
    const bus = createMemoryPubSub({ log });
    return { here: bus, there: bus, close: () => bus.close() };
  });
});

describe('postgres', () => {
  let database: TestDatabase;
  let pool: Pool;
  let connectionString: string;
  const terminate = () =>
    pool.query(`select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = 'datairis-signals' and datname = current_database()`);

  beforeAll(async () => {
    database = await createTestDatabase();
    connectionString = database.adminUrl;
    pool = new Pool({ connectionString, max: 2 });
    pool.on('error', () => undefined); // dropping the database ends what is idle
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  pubsubContract(async () => {
    const here = await openPostgresPubSub({ pool, connectionString, log });
    const there = await openPostgresPubSub({ pool, connectionString, log });
    return {
      here,
      there,
      breakThere: async () => void (await terminate()),
      close: async () => void (await Promise.all([here.close(), there.close()])),
    };
  });

  it('hears a channel that was added while the connection was down', async () => {
    const bus = await openPostgresPubSub({ pool, connectionString, log });
    const at = { tenantId: null, topic: 'added-while-down' };
    const received: number[] = [];
    let gaps = 0;
    await terminate();
    await bus.subscribe<number>(
      at,
      (message) => void received.push(message),
      () => void gaps++,
    );
    await eventually(() => expect(gaps).toBeGreaterThan(0));
    await bus.publish(at, 7);
    await eventually(() => expect(received).toEqual([7]));
    await bus.close();
  });

  it('is UNAVAILABLE when the database cannot be reached', async () => {
    const nowhere = new URL(connectionString);
    nowhere.port = '1';
    await expect(openPostgresPubSub({ pool, connectionString: nowhere.toString(), log })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    });
  });

  it('leaves no connection behind', async () => {
    // In a database of its own: the buses of the other cases come and go.
    const own = await createTestDatabase();
    const ownPool = new Pool({ connectionString: own.adminUrl, max: 1 });
    ownPool.on('error', () => undefined);
    const count = async () => {
      const { rows } = await ownPool.query(`select count(*)::int as n from pg_stat_activity
        where application_name = 'datairis-signals' and datname = current_database()`);
      return (rows[0] as { n: number }).n;
    };
    const bus = await openPostgresPubSub({ pool: ownPool, connectionString: own.adminUrl, log });
    expect(await count()).toBe(1);
    await bus.close();
    await eventually(async () => expect(await count()).toBe(0));
    await ownPool.end();
    await own.drop();
  });
});

describeWithRedis('pubsub.redis', (url) => {
  pubsubContract(async () => {
    const here = await openRedisPubSub({ url, log });
    const there = await openRedisPubSub({ url, log });
    const breakThere = async () => {
      const admin = await connectRedis({ url, log, what: 'The test' });
      await admin.sendCommand(['CLIENT', 'KILL', 'TYPE', 'pubsub']);
      admin.destroy();
    };
    return { here, there, breakThere, close: async () => void (await Promise.all([here.close(), there.close()])) };
  });

  it('is UNAVAILABLE when Redis cannot be reached', async () => {
    await expect(openRedisPubSub({ url: 'redis://127.0.0.1:1', log })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
});
