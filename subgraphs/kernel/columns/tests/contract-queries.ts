import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { bigInteger, safeInteger } from '../columns.types';
import type { NamedQuery } from '../columns';
import type { ContractContext } from './columns.contract';

type Params = Record<string, unknown>;
export const named = <R>(sql: string, row: z.ZodType<R>, more: { long?: boolean } = {}): NamedQuery<Params, R> => ({
  name: 'test',
  sql,
  row,
  ...more,
});

export function queryCases(context: ContractContext): void {
  const columns = () => context.server.columns;

  test('parameters of every type come back as they went', async () => {
    const query = named(
      `SELECT {s: String} AS s, {u: UUID} AS u, {i: Int64} AS i, {f: Float64} AS f, {t: DateTime64(3, 'UTC')} AS t, {d: Date} AS d,
              {a: Array(String)} AS a, {n: Nullable(String)} AS n, {m: Nullable(Int64)} AS m, {b: Bool} AS b, {us: Array(UUID)} AS us`,
      z.object({
        s: z.string(),
        u: z.string(),
        i: bigInteger,
        f: z.number(),
        t: z.string(),
        d: z.string(),
        a: z.array(z.string()),
        n: z.string().nullable(),
        m: bigInteger.nullable(),
        b: z.boolean(),
        us: z.array(z.string()),
      }),
    );
    const params = {
      s: `it's a "quote", a \\ backslash,\n\ta tab, ünïcödé 漢字 🦊, {x: String}, \\N`,
      u: '0192f0c1-2d3e-7000-8000-0123456789ab',
      i: -9007199254740993n,
      f: 0.1,
      t: new Date('2024-02-29T12:34:56.789Z'),
      d: '2024-02-29',
      a: ["a'b", 'c,d', '', 'ü\\'],
      n: null,
      m: 7n,
      b: true,
      us: ['0192f0c1-2d3e-7000-8000-0123456789ab'],
    };
    const { rows } = await columns().query(query, params);
    expect(rows).toEqual([{ ...params, t: '2024-02-29T12:34:56.789Z' }]);
  });

  test('an identifier parameter names a table, and only a table', async () => {
    await columns().command(`CREATE TABLE ${context.database}.named (a Int64) ENGINE = MergeTree ORDER BY a`);
    const query = named('SELECT count() AS n FROM {db: Identifier}.{t: Identifier}', z.object({ n: safeInteger }));
    expect((await columns().query(query, { db: context.database, t: 'named' })).rows).toEqual([{ n: 0 }]);
    const attempt = columns().query(query, { db: context.database, t: 'named; DROP TABLE x' });
    await expect(attempt).rejects.toMatchObject({ code: 'INTERNAL' });
  });

  test.each([
    `'; DROP DATABASE system; --`,
    `\\'; SELECT 1; --`,
    `x' UNION ALL SELECT name FROM system.tables --`,
    '\u0000',
    `$$x$$`,
  ])('a parameter stays a value: %j', async (value) => {
    const query = named(
      'SELECT {v: String} AS v, length({v: String}) AS n',
      z.object({ v: z.string(), n: safeInteger }),
    );
    expect((await columns().query(query, { v: value })).rows).toEqual([{ v: value, n: Buffer.byteLength(value) }]);
  });

  test('a parameter that is not given is an error, also when an earlier query gave one of that name', async () => {
    const query = named('SELECT {left_over: String} AS v', z.object({ v: z.string() }));
    for (let i = 0; i < 10; i++) await columns().query(query, { left_over: 'x' });
    await expect(columns().query(query, {})).rejects.toMatchObject({ code: 'INTERNAL' });
  });

  test('a parameter can be a list of thousands', async () => {
    const ids = Array.from({ length: 5_000 }, (_, n) => `0192f0c1-2d3e-7000-8000-${String(n).padStart(12, '0')}`);
    const query = named('SELECT length({ids: Array(UUID)}) AS n', z.object({ n: safeInteger }));
    expect((await columns().query(query, { ids })).rows).toEqual([{ n: 5_000 }]);
  });

  test('unsigned 64-bit integers keep every digit; safe ones can be numbers, unsafe ones are refused as numbers', async () => {
    const sql = 'SELECT toUInt64(18446744073709551615) AS big, toUInt64(9007199254740991) AS safe';
    const exact = await columns().query(named(sql, z.object({ big: bigInteger, safe: safeInteger })), {});
    expect(exact.rows).toEqual([{ big: 18446744073709551615n, safe: Number.MAX_SAFE_INTEGER }]);
    const lossy = columns().query(named(sql, z.object({ big: safeInteger })), {});
    await expect(lossy).rejects.toMatchObject({ code: 'INTERNAL' });
  });

  test('the statistics tell the rows read', async () => {
    const { stats } = await columns().query(named('SELECT sum(number) AS s FROM numbers(100000)', z.unknown()), {});
    expect(stats.rowsRead).toBe(100_000);
    expect(stats.bytesRead).toBe(800_000);
    expect(stats.elapsedMs).toBeGreaterThan(0);
  });

  test('settings of one query do not reach the next', async () => {
    const setting = named(
      `SELECT getSetting('max_threads') AS n, getSetting('max_rows_to_read') AS m`,
      z.object({ n: safeInteger, m: safeInteger }),
    );
    const set = await columns().query(setting, {}, { settings: { max_threads: 1 }, limits: { maxRowsToRead: 12345 } });
    expect(set.rows).toEqual([{ n: 1, m: 12345 }]);
    await columns().command('SELECT 1', {}, { settings: { max_threads: 1, join_use_nulls: 1 } });
    // Often enough to meet every session of a pool.
    for (let i = 0; i < 12; i++) {
      const { rows } = await columns().query(setting, {});
      expect(rows[0]).toMatchObject({ m: 2e9 });
      expect(rows[0]!.n).not.toBe(1);
    }
  });

  test('a setting the platform does not use is refused before it is sent', async () => {
    const query = named('SELECT 1', z.unknown());
    await expect(columns().query(query, {}, { settings: { readonly: 1 } })).rejects.toThrow(TypeError);
    await expect(columns().query(query, {}, { settings: { 'x = 1, readonly': 1 } })).rejects.toThrow(TypeError);
  });

  test('a filter on a table can be put around a query from outside', async () => {
    const table = `${context.database}.tenants`;
    await columns().command(`CREATE TABLE ${table} (tenant String, n Int64) ENGINE = MergeTree ORDER BY tenant`);
    await columns().insert(table, [
      { tenant: 'a', n: 1 },
      { tenant: 'b', n: 2 },
    ]);
    const filters = `{'${table}': 'tenant = \\'a\\''}`;
    const query = named(`SELECT tenant FROM ${table}`, z.object({ tenant: z.string() }));
    expect((await columns().query(query, {}, { settings: { additional_table_filters: filters } })).rows).toEqual([
      { tenant: 'a' },
    ]);
    expect((await columns().query(query, {})).rows).toHaveLength(2);
  });

  test('a row that is not as declared is an internal error', async () => {
    const query = named('SELECT 1 AS n', z.object({ n: z.string() }));
    await expect(columns().query(query, {})).rejects.toMatchObject({ code: 'INTERNAL', cause: expect.any(z.ZodError) });
  });

  test('streams a large result in bounded memory', async () => {
    const query = named(
      `SELECT number AS n, repeat('x', 2000) AS s FROM numbers(250000)`,
      z.object({ n: bigInteger, s: z.string() }),
    );
    const pid = context.server.pid;
    const before = residentBytes(pid);
    let most = 0;
    let count = 0;
    for await (const row of columns().stream(query, {})) {
      if (count % 25_000 === 0) {
        expect(row.n).toBe(BigInt(count));
        most = Math.max(most, residentBytes(pid));
        // A consumer slower than the engine.
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      count += 1;
    }
    expect(count).toBe(250_000);
    // 500 MB went through; kept whole they would be there twice, as the engine's and as ours.
    if (pid !== undefined && process.platform === 'linux') expect(most - before).toBeLessThan(450e6);
  });
}

function residentBytes(pid: number | undefined): number {
  if (pid === undefined || process.platform !== 'linux') return 0;
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) * 1024;
}
