import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'pg';
import { newId } from '../../ids';
import { createLogger } from '../../logger';
import { eventually } from '../../pubsub/tests/contract';
import { createTestDatabase, type TestDatabase } from '../../testing/postgres';
import type { RateLimiter } from '../rate-limit';
import { createMemoryRateLimiter } from '../rate-limit.memory';
import { openPostgresRateLimiter } from '../rate-limit.postgres';
import { openRedisRateLimiter } from '../rate-limit.redis';
import { describeWithRedis } from '../../pubsub/tests/with-redis';

const log = createLogger({ service: 'test', level: 'silent' });
const bucket = { name: 'log-in', points: 3, seconds: 60 };

interface UnderTest {
  /** Two processes' ends; the same object where there is only one process. */
  here: RateLimiter;
  there: RateLimiter;
  close(): Promise<void>;
}

/** The cases every adapter must pass. */
function rateLimitContract(open: () => Promise<UnderTest>): void {
  let limiter: UnderTest;
  let key: string;
  const tenantId = newId();
  beforeAll(async () => void (limiter = await open()));
  afterAll(() => limiter?.close());
  beforeEach(() => void (key = `address ${newId()}`));

  it('allows as many points as the bucket has, over all processes', async () => {
    expect(await limiter.here.consume(tenantId, bucket, key)).toEqual({ ok: true, remaining: 2 });
    expect(await limiter.there.consume(tenantId, bucket, key, 2)).toEqual({ ok: true, remaining: 0 });
    for (const side of [limiter.here, limiter.there]) {
      const refused = await side.consume(tenantId, bucket, key);
      expect(refused.ok).toBe(false);
      const { retryAfterSeconds } = refused as { retryAfterSeconds: number };
      expect(Number.isInteger(retryAfterSeconds)).toBe(true);
      expect(retryAfterSeconds).toBeGreaterThan(50);
      expect(retryAfterSeconds).toBeLessThanOrEqual(60);
    }
  });

  it('is exact when many ask at once', async () => {
    const wide = { name: 'wide', points: 20, seconds: 60 };
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, n) => (n % 2 ? limiter.here : limiter.there).consume(null, wide, key)),
    );
    expect(answers.filter(({ ok }) => ok)).toHaveLength(20);
  });

  it('keeps tenants, buckets and keys apart', async () => {
    await limiter.here.consume(tenantId, bucket, key, 3);
    expect((await limiter.here.consume(tenantId, bucket, key)).ok).toBe(false);
    const others = [
      limiter.here.consume(newId(), bucket, key),
      limiter.here.consume(null, bucket, key),
      limiter.here.consume(tenantId, { ...bucket, name: 'other' }, key),
      limiter.here.consume(tenantId, bucket, `${key} `),
      limiter.here.consume(tenantId, bucket, 'x'.repeat(10_000) + key),
    ];
    expect((await Promise.all(others)).every(({ ok }) => ok)).toBe(true);
  });

  it('begins anew when the window has ended, and refusals do not prolong it', async () => {
    const short = { name: 'short', points: 1, seconds: 1 };
    const began = Date.now();
    expect((await limiter.here.consume(null, short, key)).ok).toBe(true);
    while (Date.now() - began < 800) {
      expect(await limiter.here.consume(null, short, key)).toEqual({ ok: false, retryAfterSeconds: 1 });
      await sleep(100);
    }
    await eventually(async () => expect((await limiter.here.consume(null, short, key)).ok).toBe(true), 2_000);
    expect(Date.now() - began).toBeLessThan(1_500);
  });

  it('forgets a key when told to', async () => {
    await limiter.here.consume(tenantId, bucket, key, 3);
    await limiter.there.reset(tenantId, bucket, key);
    await limiter.there.reset(tenantId, bucket, 'never used');
    expect(await limiter.here.consume(tenantId, bucket, key)).toEqual({ ok: true, remaining: 2 });
  });

  it('refuses buckets and costs that make no sense', async () => {
    for (const points of [0, -1, 1.5, Number.NaN]) {
      await expect(limiter.here.consume(null, bucket, key, points)).rejects.toThrow(RangeError);
    }
    await expect(limiter.here.consume(null, { name: 'none', points: 0, seconds: 1 }, key)).rejects.toThrow(RangeError);
    await expect(limiter.here.consume(null, { name: 'none', points: 1, seconds: 0.5 }, key)).rejects.toThrow(
      RangeError,
    );
  });
}

describe('memory', () => {
  rateLimitContract(async () => {
    const limiter = createMemoryRateLimiter();
    return { here: limiter, there: limiter, close: () => limiter.close() };
  });

  it('keeps a bounded number of keys, the oldest begin anew', async () => {
    const limiter = createMemoryRateLimiter({ maxKeys: 100 });
    for (const key of ['first', ...Array.from({ length: 99 }, (_, n) => `key ${n}`)]) {
      await limiter.consume(null, bucket, key, 3);
    }
    expect((await limiter.consume(null, bucket, 'first')).ok).toBe(false);
    await limiter.consume(null, bucket, 'one more');
    expect((await limiter.consume(null, bucket, 'key 50')).ok).toBe(false);
    expect((await limiter.consume(null, bucket, 'first')).ok).toBe(true);
  });
});

describe('postgres', () => {
  let database: TestDatabase;
  const pools: Pool[] = [];
  const pool = (connectionString = database.adminUrl) => {
    const made = new Pool({ connectionString, max: 4, connectionTimeoutMillis: 1_000 });
    made.on('error', () => undefined);
    pools.push(made);
    return made;
  };
  beforeAll(async () => void (database = await createTestDatabase()));
  afterAll(async () => {
    await Promise.all(pools.map((each) => each.end()));
    await database.drop();
  });

  rateLimitContract(async () => {
    const [here, there] = await Promise.all([
      openPostgresRateLimiter({ pool: pool(), log }),
      openPostgresRateLimiter({ pool: pool(), log }),
    ]);
    return { here, there, close: async () => void (await Promise.all([here.close(), there.close()])) };
  });

  it('removes ended windows', async () => {
    const own = pool();
    const limiter = await openPostgresRateLimiter({ pool: own, log, schema: 'rate_swept', sweepMs: 50 });
    await limiter.consume(null, { name: 'short', points: 1, seconds: 1 }, 'key');
    await limiter.consume(null, bucket, 'key');
    await eventually(async () => {
      const { rows } = await own.query('select count(*)::int as n from rate_swept.rate_limit');
      expect(rows).toEqual([{ n: 1 }]);
    });
    await limiter.close();
  });

  it('fails closed when the database is away', async () => {
    const own = pool();
    const limiter = await openPostgresRateLimiter({ pool: own, log });
    const nowhere = new URL(database.adminUrl);
    nowhere.port = '1';
    own.options.connectionString = nowhere.toString(); // new connections go nowhere, the old ones are ended
    await pool()
      .query(
        `select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()`,
      )
      .catch(() => undefined);
    await sleep(100);
    await expect(limiter.consume(null, bucket, 'key')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await limiter.close();
    await expect(openPostgresRateLimiter({ pool: own, log })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
});

describeWithRedis('rate-limit.redis', (url) => {
  rateLimitContract(async () => {
    const open = () => openRedisRateLimiter({ url, log });
    const [here, there] = [await open(), await open()];
    return { here, there, close: async () => void (await Promise.all([here.close(), there.close()])) };
  });

  it('fails closed when Redis is away', async () => {
    const limiter = await openRedisRateLimiter({ url, log });
    await limiter.close();
    await expect(limiter.consume(null, bucket, 'key')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(openRedisRateLimiter({ url: 'redis://127.0.0.1:1', log })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    });
  });
});
