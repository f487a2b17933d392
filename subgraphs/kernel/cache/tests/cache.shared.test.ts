import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'pg';
import { prepareSchema } from '../../database/database';
import { newId } from '../../ids';
import { createLogger } from '../../logger';
import { connectRedis } from '../../pubsub/redis-connection';
import { eventually } from '../../pubsub/tests/contract';
import { createTestDatabase, testSecrets, type TestDatabase } from '../../testing/postgres';
import type { Cache } from '../cache';
import { openPostgresCache } from '../cache.postgres';
import { openRedisCache } from '../cache.redis';
import { MAX_VALUE_BYTES } from '../entry-name';
import { cacheContract } from './contract';
import { describeWithRedis } from '../../pubsub/tests/with-redis';

const log = createLogger({ service: 'test', level: 'silent' });
const ttlSeconds = 60;
const key = (name = newId()) => ({ tenantId: null, kind: 'test', key: name });
const elapse = async (milliseconds: number): Promise<void> => sleep(milliseconds);

async function refusesHugeValues(cache: Cache): Promise<void> {
  const at = key();
  expect(await cache.set(at, 'x'.repeat(MAX_VALUE_BYTES), { ttlSeconds })).toBe(false);
  expect(await cache.get(at)).toBeUndefined();
}

/** What a lost tag (evicted, swept, truncated) must mean: gone, never readable again by accident. */
async function survivesLostTags(cache: Cache, loseTags: () => Promise<unknown>): Promise<void> {
  const [at, late] = [key(), key()];
  const tags = ['lost'];
  await cache.set(at, 'old', { ttlSeconds, tags });
  const generations = await cache.generations(null, tags);
  await loseTags();
  expect(await cache.get(at)).toBeUndefined();
  expect(await cache.set(late, 'old', { ttlSeconds, tags }, generations)).toBe(false);
  const fresh = await cache.generations(null, tags);
  expect(fresh).not.toEqual(generations);
  expect(await cache.get(at)).toBeUndefined();
  expect(await cache.set(at, 'new', { ttlSeconds, tags }, fresh)).toBe(true);
  expect(await cache.get(at)).toBe('new');
}

async function countsAsEmptyWhenAway(cache: Cache): Promise<void> {
  const generations = await cache.generations(null, ['t']);
  expect(await cache.get(key())).toBeUndefined();
  expect(await cache.set(key(), 1, { ttlSeconds, tags: ['t'] }, generations)).toBe(false);
  await expect(cache.purge(null, ['t'])).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  await expect(cache.delete(key())).rejects.toMatchObject({ code: 'UNAVAILABLE' });
}

describe('postgres', () => {
  let database: TestDatabase;
  const pools: Pool[] = [];
  const pool = (url = database.adminUrl) => {
    const made = new Pool({ connectionString: url, max: 4, connectionTimeoutMillis: 1_000 });
    made.on('error', () => undefined);
    pools.push(made);
    return made;
  };
  beforeAll(async () => void (database = await createTestDatabase()));
  afterAll(async () => {
    await Promise.all(pools.map((each) => each.end()));
    await database.drop();
  });

  cacheContract(async () => {
    const [here, there] = await Promise.all([
      openPostgresCache({ pool: pool(), log }),
      openPostgresCache({ pool: pool(), log }),
    ]);
    return { here, there, elapse, close: async () => void (await Promise.all([here.close(), there.close()])) };
  });

  it('refuses values that are too large, and survives lost tags', async () => {
    const own = pool();
    const cache = await openPostgresCache({ pool: own, log });
    await refusesHugeValues(cache);
    await survivesLostTags(cache, () => own.query('truncate cache.cache_tag'));
    await cache.close();
  });

  it('works as the owner of a schema made for it', async () => {
    const { owner } = await prepareSchema({
      adminUrl: database.adminUrl,
      schema: 'cache_owned',
      secrets: testSecrets,
      migrations: [],
    });
    const cache = await openPostgresCache({ pool: pool(owner), log, schema: 'cache_owned' });
    const at = key();
    expect(await cache.set(at, 1, { ttlSeconds, tags: ['t'] })).toBe(true);
    expect(await cache.get(at)).toBe(1);
    await cache.close();
  });

  it('sweeps what has expired and what is too many', async () => {
    const own = pool();
    const cache = await openPostgresCache({ pool: own, log, schema: 'cache_swept', maxEntries: 5, sweepMs: 50 });
    await cache.set(key(), 'short', { ttlSeconds: 0.1 });
    for (let n = 0; n < 10; n++) await cache.set(key(`n${n}`), n, { ttlSeconds: 60 + n });
    await eventually(async () => {
      const { rows } = await own.query('select value from cache_swept.cache_entry order by expires_at');
      expect(rows.map(({ value }: { value: string }) => value)).toEqual(['5', '6', '7', '8', '9']);
    });
    await cache.close();
  });

  it('counts as empty while the database is away', async () => {
    const own = pool();
    const cache = await openPostgresCache({ pool: own, log });
    const query = own.query.bind(own);
    await query('select 1');
    const blocked = new URL(database.adminUrl);
    blocked.port = '1';
    own.options.connectionString = blocked.toString(); // new connections go nowhere, the old ones are ended
    await pool().query(`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()`);
    await sleep(100);
    await countsAsEmptyWhenAway(cache);
    await cache.close();
    await expect(openPostgresCache({ pool: own, log })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
});

describeWithRedis('cache.redis', (url) => {
  cacheContract(async () => {
    const [here, there] = [await openRedisCache({ url, log }), await openRedisCache({ url, log })];
    return { here, there, elapse, close: async () => void (await Promise.all([here.close(), there.close()])) };
  });

  it('refuses values that are too large, and survives lost tags', async () => {
    const cache = await openRedisCache({ url, log });
    const admin = await connectRedis({ url, log, what: 'The test' });
    await refusesHugeValues(cache);
    await survivesLostTags(cache, async () => {
      const keys = (await admin.sendCommand(['KEYS', 'di:c:t:*'])) as unknown as string[];
      await admin.sendCommand(['DEL', ...keys]);
    });
    admin.destroy();
    await cache.close();
  });

  it('counts as empty while Redis is away, and works on when it is back', async () => {
    const cache = await openRedisCache({ url, log });
    const admin = await connectRedis({ url, log, what: 'The test' });
    await admin.sendCommand(['CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes']);
    admin.destroy();
    await eventually(async () => expect(await cache.set(key(), 1, { ttlSeconds })).toBe(true));
    await cache.close();
    await countsAsEmptyWhenAway(cache);
    await expect(openRedisCache({ url: 'redis://127.0.0.1:1', log })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
});
