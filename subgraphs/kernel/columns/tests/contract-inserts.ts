import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { z } from 'zod';
import { bigInteger, safeInteger } from '../columns.types';
import type { ContractContext } from './columns.contract';
import { named } from './contract-queries';

export const FLIGHTS = join(__dirname, '../../../../node_modules/vega-datasets/data/flights-3m.parquet');

/** A table with a materialized view into aggregate states, both with a window for de-duplication. */
export const aggregateTables = (database: string, name: string): string[] => [
  `CREATE TABLE ${database}.${name} (k String, n UInt64) ENGINE = MergeTree ORDER BY k SETTINGS non_replicated_deduplication_window = 1000`,
  `CREATE TABLE ${database}.${name}_sums (k String, c AggregateFunction(count), s AggregateFunction(sum, UInt64))
   ENGINE = AggregatingMergeTree ORDER BY k SETTINGS non_replicated_deduplication_window = 1000`,
  `CREATE MATERIALIZED VIEW ${database}.${name}_view TO ${database}.${name}_sums AS
   SELECT k, countState() AS c, sumState(n) AS s FROM ${database}.${name} GROUP BY k`,
];

export const totals = (database: string, name: string) =>
  named(
    `SELECT (SELECT count() FROM ${database}.${name}) AS raw, (SELECT countMerge(c) FROM ${database}.${name}_sums) AS counted,
            (SELECT sumMerge(s) FROM ${database}.${name}_sums) AS summed`,
    z.object({ raw: safeInteger, counted: safeInteger, summed: safeInteger }),
  );

export function insertCases(context: ContractContext): void {
  const columns = () => context.server.columns;
  const count = async (table: string) =>
    (await columns().query(named(`SELECT count() AS n FROM ${table}`, z.object({ n: safeInteger })), {})).rows[0]!.n;

  test('rows come back as they were inserted', async () => {
    const table = `${context.database}.everything`;
    await columns().command(
      `CREATE TABLE ${table} (id UUID, s String, n Nullable(String), u UInt64, f Float64, t DateTime64(3, 'UTC'), a Array(String), m Map(String, String))
       ENGINE = MergeTree ORDER BY id`,
    );
    const row = {
      id: '0192f0c1-2d3e-7000-8000-0123456789ab',
      s: `'); DROP TABLE x; -- \\ "ünï" 漢字 🦊\n\t;`,
      n: null,
      u: '18446744073709551615',
      f: 1e-7,
      t: '2024-02-29T12:34:56.789Z',
      a: ['', "'"],
      m: { ключ: 'значение' },
    };
    await columns().insert(table, [row]);
    const shape = z.object({
      id: z.string(),
      s: z.string(),
      n: z.string().nullable(),
      u: bigInteger,
      f: z.number(),
      t: z.string(),
      a: z.array(z.string()),
      m: z.record(z.string(), z.string()),
    });
    expect((await columns().query(named(`SELECT * FROM ${table}`, shape), {})).rows).toEqual([
      { ...row, u: 18446744073709551615n },
    ]);
  });

  test('an insert with a token is applied once, through a materialized view too; another token is another insert', async () => {
    for (const sql of aggregateTables(context.database, 'once')) await columns().command(sql);
    const table = `${context.database}.once`;
    const rows = Array.from({ length: 20_000 }, (_, n) => ({ k: `k${n % 100}`, n }));
    for (let i = 0; i < 3; i++) await columns().insert(table, rows, { token: 'first' });
    const once = { raw: 20_000, counted: 20_000, summed: 199_990_000 };
    expect((await columns().query(totals(context.database, 'once'), {})).rows).toEqual([once]);
    await columns().insert(table, rows, { token: 'second' });
    const twice = { raw: 40_000, counted: 40_000, summed: 399_980_000 };
    expect((await columns().query(totals(context.database, 'once'), {})).rows).toEqual([twice]);
  });

  test('a token neither sticks nor do equal rows without one get lost', async () => {
    for (const sql of aggregateTables(context.database, 'sticky')) await columns().command(sql);
    const table = `${context.database}.sticky`;
    await columns().insert(table, [{ k: 'a', n: 1 }], { token: 'x' });
    for (let i = 0; i < 8; i++) await columns().insert(table, [{ k: 'a', n: 1 }]);
    expect((await columns().query(totals(context.database, 'sticky'), {})).rows).toEqual([
      { raw: 9, counted: 9, summed: 9 },
    ]);
  });

  test('a token repeated at the same time by several writers is applied once', async () => {
    for (const sql of aggregateTables(context.database, 'race')) await columns().command(sql);
    const rows = Array.from({ length: 1_000 }, (_, n) => ({ k: 'a', n }));
    await Promise.all(
      Array.from({ length: 6 }, () => columns().insert(`${context.database}.race`, rows, { token: 'same' })),
    );
    expect((await columns().query(totals(context.database, 'race'), {})).rows).toMatchObject([
      { raw: 1_000, counted: 1_000 },
    ]);
  });

  test('a bad row refuses its whole insert', async () => {
    const table = `${context.database}.strict`;
    await columns().command(`CREATE TABLE ${table} (n Int64) ENGINE = MergeTree ORDER BY n`);
    await expect(columns().insert(table, [{ n: 1 }, { n: 'no number' }])).rejects.toMatchObject({ code: 'INTERNAL' });
    await expect(columns().insert(table, [{ n: 1, unknown: 2 }])).rejects.toMatchObject({ code: 'INTERNAL' });
    expect(await count(table)).toBe(0);
    await columns().insert(table, []);
    expect(await count(table)).toBe(0);
  });

  test.each(['no_database', 'a.b.c', 'a.b; DROP TABLE x', 'a.`b`'])(
    'a table name that is none is refused: %s',
    async (table) => {
      await expect(columns().insert(table, [{ n: 1 }])).rejects.toThrow(TypeError);
    },
  );

  test('a Parquet file of three million rows goes in whole, once under one token', async () => {
    const table = `${context.database}.flights`;
    await columns().command(
      `CREATE TABLE ${table} (date Nullable(DateTime64(6, 'UTC')), delay Nullable(Int64), distance Nullable(Int64), origin LowCardinality(Nullable(String)),
       destination LowCardinality(Nullable(String))) ENGINE = MergeTree ORDER BY tuple() SETTINGS non_replicated_deduplication_window = 1000`,
    );
    const load = () => columns().insertStream(table, 'Parquet', createReadStream(FLIGHTS), { token: 'flights' });
    expect(await load()).toEqual({ rowsWritten: 3_000_000 });
    expect(await count(table)).toBe(3_000_000);
    await load();
    expect(await count(table)).toBe(3_000_000);
    const query = named(
      `SELECT origin, count() AS n FROM ${table} GROUP BY origin ORDER BY n DESC LIMIT 1`,
      z.object({ origin: z.string(), n: safeInteger }),
    );
    const { rows, stats } = await columns().query(query, {});
    expect(rows[0]!.n).toBeGreaterThan(50_000);
    expect(stats.rowsRead).toBe(3_000_000);
  });

  test('CSV and JSON lines go in as streams, into the columns named', async () => {
    const table = `${context.database}.lines`;
    await columns().command(
      `CREATE TABLE ${table} (a Int64, b String, c String DEFAULT 'd') ENGINE = MergeTree ORDER BY a`,
    );
    const csv = Readable.from(['b,a\n"x, ""y""', '\nz",1\nü,2\n']);
    expect(await columns().insertStream(table, 'CSVWithNames', csv, { columns: ['a', 'b'] })).toEqual({
      rowsWritten: 2,
    });
    const lines = Readable.from(['{"a":3,"b":"', 'p"}\n{"a":4}\n']);
    expect(await columns().insertStream(table, 'JSONEachRow', lines)).toEqual({ rowsWritten: 2 });
    const query = named(
      `SELECT a, b, c FROM ${table} ORDER BY a`,
      z.object({ a: safeInteger, b: z.string(), c: z.string() }),
    );
    expect((await columns().query(query, {})).rows).toEqual([
      { a: 1, b: 'x, "y"\nz', c: 'd' },
      { a: 2, b: 'ü', c: 'd' },
      { a: 3, b: 'p', c: 'd' },
      { a: 4, b: '', c: 'd' },
    ]);
  });

  test('a source that breaks inserts nothing', async () => {
    const table = `${context.database}.broken`;
    await columns().command(`CREATE TABLE ${table} (a Int64) ENGINE = MergeTree ORDER BY a`);
    const source = Readable.from(
      (function* () {
        yield '{"a":1}\n';
        throw new Error('the file ends here');
      })(),
    );
    await expect(columns().insertStream(table, 'JSONEachRow', source)).rejects.toMatchObject({ code: 'INTERNAL' });
    expect(await count(table)).toBe(0);
  });
}
