import { Pool } from 'pg';
import { ManualClock } from '../../clock';
import { openDatabase, type Database } from '../../database/database';
import { sqlMigration } from '../../database/migrations';
import { newId } from '../../ids';
import { createTestDatabase, testSecrets, type TestDatabase } from '../../testing/postgres';
import { createPostgresQuota } from '../quota.postgres';
import { quotaSql } from '../quota.sql';
import { UNLIMITED, type Quota } from '../quota';

let server: TestDatabase;
let tenants: Database;
let other: Database;
let pools: Pool[];
let quota: Quota;
const clock = new ManualClock(new Date('2026-03-31T23:30:00Z'));

beforeAll(async () => {
  server = await createTestDatabase();
  const open = (schema: string, migrations: Parameters<typeof openDatabase>[0]['migrations']) =>
    openDatabase({ adminUrl: server.adminUrl, schema, secrets: testSecrets, migrations, poolSize: 2 });
  tenants = await open('tenants', [sqlMigration(1_700_000_000_001, 'CreateQuota', quotaSql)]);
  other = await open('other', []);
  pools = Array.from({ length: 8 }, () => new Pool({ connectionString: other.appUrl, max: 2 }));
  // Dropping the database ends what is idle; that is no fault of the test.
  for (const pool of pools) pool.on('error', () => undefined);
  quota = createPostgresQuota({ pool: pools[0]!, clock });
});
afterAll(async () => {
  await Promise.all([...(pools ?? []).map((pool) => pool.end()), tenants?.close(), other?.close()]);
  await server.drop();
});

/** As the tenants subgraph does it. */
const limit = (tenantId: string, resource: string, amount: number, period: string) =>
  tenants.withTenant({ tenantId }, (tx) =>
    tx.query(
      `insert into quota_limit values ($1, $2, $3, $4)
       on conflict (tenant_id, resource) do update set amount = excluded.amount, period = excluded.period`,
      [tenantId, resource, amount, period],
    ),
  );

describe('quota on PostgreSQL, called as another subgraph’s role', () => {
  it('grants up to the limit and not one more, and a refusal takes nothing', async () => {
    const tenantId = newId();
    await limit(tenantId, 'events', 10, 'month');
    expect(await quota.reserve(tenantId, 'events', 7)).toMatchObject({ granted: true, remaining: 3 });
    expect(await quota.reserve(tenantId, 'events', 4)).toMatchObject({ granted: false, remaining: 3 });
    expect(await quota.reserve(tenantId, 'events', 3)).toMatchObject({ granted: true, remaining: 0 });
    expect(await quota.reserve(tenantId, 'events', 1)).toMatchObject({ granted: false, remaining: 0 });
    expect(await quota.reserve(tenantId, 'events', 0)).toMatchObject({ granted: true, remaining: 0 });
  });

  it('is exact under concurrency: 50 reservers over 8 pools', async () => {
    const tenantId = newId();
    await limit(tenantId, 'events', 100, 'month');
    const sides = pools.map((pool) => createPostgresQuota({ pool, clock }));
    const results = await Promise.all(
      Array.from({ length: 50 }, (_, n) => sides[n % sides.length]!.reserve(tenantId, 'events', 3)),
    );
    const granted = results.filter((result) => result.granted);
    expect(granted).toHaveLength(33); // 99 of 100; three more do not fit
    expect(Math.min(...granted.map(({ remaining }) => remaining))).toBe(1);
    expect(new Set(granted.map(({ remaining }) => remaining)).size).toBe(33); // each saw a state of its own

    await Promise.all(granted.map((each, n) => sides[n % sides.length]!.release(tenantId, each)));
    expect(await quota.reserve(tenantId, 'events', 100)).toMatchObject({ granted: true, remaining: 0 });
  });

  it('stays exact while reservations, settlements and releases race', async () => {
    const tenantId = newId();
    await limit(tenantId, 'rows', 50, 'day');
    let used = 0;
    let refusals = 0;
    const work = async (n: number) => {
      const side = createPostgresQuota({ pool: pools[n % pools.length]!, clock });
      for (let turn = 0; turn < 5; turn++) {
        const reservation = await side.reserve(tenantId, 'rows', 5);
        if (!reservation.granted) {
          refusals++;
          continue;
        }
        const really = (n + turn) % 3; // fewer than reserved
        used += really;
        await side.settle(tenantId, reservation, really);
      }
    };
    await Promise.all(Array.from({ length: 20 }, (_, n) => work(n)));
    expect(refusals).toBeGreaterThan(0);
    expect(used).toBeLessThanOrEqual(50);
    expect(await quota.reserve(tenantId, 'rows', 0)).toMatchObject({ remaining: 50 - used });
  });

  it('corrects a reservation once, up or down', async () => {
    const tenantId = newId();
    await limit(tenantId, 'rows', 100, 'month');
    const remaining = async () => (await quota.reserve(tenantId, 'rows', 0)).remaining;
    const down = await quota.reserve(tenantId, 'rows', 50);
    await quota.settle(tenantId, down, 20);
    expect(await remaining()).toBe(80);
    await quota.settle(tenantId, down, 0);
    await quota.release(tenantId, down);
    expect(await remaining()).toBe(80);
    const up = await quota.reserve(tenantId, 'rows', 10);
    await quota.settle(tenantId, up, 95); // more than was left was really used
    expect(await remaining()).toBe(0);
    const refused = await quota.reserve(tenantId, 'rows', 1);
    expect(refused.granted).toBe(false);
    await quota.release(tenantId, refused);
    expect(await remaining()).toBe(0);
  });

  it('does not limit what has no limit, but counts it for the day it gets one', async () => {
    const tenantId = newId();
    expect(await quota.reserve(tenantId, 'events', 1_000_000)).toMatchObject({ granted: true, remaining: UNLIMITED });
    await limit(tenantId, 'events', 1_000_001, 'month');
    expect(await quota.reserve(tenantId, 'events', 2)).toMatchObject({ granted: false, remaining: 1 });
    await limit(tenantId, 'events', 5, 'month'); // below what is used
    expect(await quota.reserve(tenantId, 'events', 1)).toMatchObject({ granted: false, remaining: 0 });
  });

  it('begins anew with each day and month, in UTC, and never for a total', async () => {
    const tenantId = newId();
    for (const period of ['day', 'month', 'total']) await limit(tenantId, period, 1, period);
    const take = async (resource: string) => quota.reserve(tenantId, resource, 1);
    clock.set(new Date('2026-03-30T23:59:59.999Z'));
    expect(await take('day')).toMatchObject({ granted: true, resetAt: new Date('2026-03-31T00:00:00Z') });
    expect(await take('month')).toMatchObject({ granted: true, resetAt: new Date('2026-04-01T00:00:00Z') });
    expect((await take('total')).granted).toBe(true);
    clock.set(new Date('2026-03-31T00:00:00Z'));
    expect(await take('day')).toMatchObject({ granted: true, resetAt: new Date('2026-04-01T00:00:00Z') });
    expect((await take('month')).granted).toBe(false);
    clock.set(new Date('2026-04-01T00:00:00Z'));
    expect(await take('month')).toMatchObject({ granted: true, resetAt: new Date('2026-05-01T00:00:00Z') });
    const total = await take('total');
    expect(total.granted).toBe(false);
    expect(total.resetAt.getUTCFullYear()).toBe(9999);
  });

  it('settles into the window the reservation was made in', async () => {
    const tenantId = newId();
    await limit(tenantId, 'rows', 10, 'day');
    clock.set(new Date('2026-05-01T23:59:59Z'));
    const yesterday = await quota.reserve(tenantId, 'rows', 10);
    clock.set(new Date('2026-05-02T00:00:01Z'));
    await quota.settle(tenantId, yesterday, 0);
    expect(await quota.reserve(tenantId, 'rows', 0)).toMatchObject({ remaining: 10 });
    clock.set(new Date('2026-05-01T23:59:59Z'));
    expect(await quota.reserve(tenantId, 'rows', 0)).toMatchObject({ remaining: 10 });
  });

  it('keeps tenants apart: limits, usage and reservations', async () => {
    const [mine, theirs] = [newId(), newId()];
    await limit(mine, 'events', 10, 'month');
    await limit(theirs, 'events', 10, 'month');
    const reservation = await quota.reserve(mine, 'events', 10);
    expect(await quota.reserve(theirs, 'events', 10)).toMatchObject({ granted: true });
    await quota.release(theirs, reservation);
    expect(await quota.reserve(mine, 'events', 1)).toMatchObject({ granted: false });
  });

  it('refuses amounts that are not whole numbers of something', async () => {
    for (const amount of [-1, 0.5, Number.NaN, Infinity, 2 ** 53]) {
      await expect(quota.reserve(newId(), 'events', amount)).rejects.toThrow(RangeError);
    }
    await expect(
      pools[0]!.query('select tenants.quota_reserve($1, $2, $3, -1, now())', [newId(), newId(), 'x']),
    ).rejects.toThrow('negative');
  });

  it('leaves the caller’s tenant as it was, and the tables closed to other roles', async () => {
    const tenantId = newId();
    const seen = await other.withTenant({ tenantId }, async (tx) => {
      await tx.query('select * from tenants.quota_reserve($1, $2, $3, 1, now())', [newId(), newId(), 'events']);
      return (await tx.query(`select current_setting('app.tenant_id') as tenant`)) as { tenant: string }[];
    });
    expect(seen[0]!.tenant).toBe(tenantId);
    for (const table of ['quota_limit', 'quota_usage', 'quota_reservation']) {
      await expect(pools[0]!.query(`select * from tenants.${table}`)).rejects.toMatchObject({ code: '42501' });
    }
  });

  it('is UNAVAILABLE when the database cannot be reached', async () => {
    const pool = new Pool({ host: '127.0.0.1', port: 1, connectionTimeoutMillis: 500 });
    const nowhere = createPostgresQuota({ pool, clock });
    await expect(nowhere.reserve(newId(), 'events', 1)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await pool.end();
  });
});
