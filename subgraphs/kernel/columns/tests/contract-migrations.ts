import { z } from 'zod';
import { safeInteger } from '../columns.types';
import type { ColumnsMigration } from '../columns';
import type { ContractContext } from './columns.contract';
import { migrate } from '../clickhouse-migrate';
import { silent } from './contract-failures';
import { named } from './contract-queries';

export function migrationCases(context: ContractContext): void {
  const columns = () => context.server.columns;
  const first: ColumnsMigration = {
    name: '0001-things',
    statements: [
      'CREATE TABLE {database}.things (n Int64) ENGINE = MergeTree ORDER BY n',
      // Not idempotent on purpose: applied twice it shows.
      'INSERT INTO {database}.things SELECT 1',
    ],
  };
  const database = () => `${context.database}_migrated`;
  const count = async () =>
    (await columns().query(named(`SELECT count() AS n FROM ${database()}.things`, z.object({ n: safeInteger })), {}))
      .rows[0]!.n;
  afterAll(() => columns().command(`DROP DATABASE IF EXISTS ${database()} SYNC`));

  test('migrations are applied once, however many processes start together', async () => {
    await Promise.all(Array.from({ length: 4 }, () => columns().migrate(database(), [first])));
    await columns().migrate(database(), [first]);
    expect(await count()).toBe(1);
  });

  test('a failed migration goes on at the statement that failed', async () => {
    const second = (sql: string): ColumnsMigration => ({
      name: '0002-more',
      statements: ['INSERT INTO {database}.things SELECT 2', sql],
    });
    await expect(columns().migrate(database(), [first, second('NONSENSE')])).rejects.toMatchObject({
      code: 'INTERNAL',
    });
    expect(await count()).toBe(2);
    await columns().migrate(database(), [second('INSERT INTO {database}.things SELECT 3'), first]);
    expect(await count()).toBe(3);
  });

  test('a migration changed after it was applied is refused', async () => {
    const changed = { ...first, statements: [first.statements[0]!, 'INSERT INTO {database}.things SELECT 9'] };
    await expect(columns().migrate(database(), [changed])).rejects.toThrow('changed after it was applied');
    expect(await count()).toBe(3);
  });

  test('the lock of a process that died is broken, that of a living one is waited for', async () => {
    const third: ColumnsMigration = { name: '0003-last', statements: ['INSERT INTO {database}.things SELECT 4'] };
    const all = [first, third];
    const lock = `${database()}.migrations_lock`;
    await columns().command(`CREATE TABLE ${lock} (owner String) ENGINE = MergeTree ORDER BY owner COMMENT 'dead'`);
    const impatient = migrate(columns(), silent, database(), all, { waitMs: 500 });
    await expect(impatient).rejects.toThrow('Another process has been migrating');
    expect(await count()).toBe(3);
    await Promise.all(
      [1, 2, 3].map(() => migrate(columns(), silent, database(), all, { staleSeconds: 3, waitMs: 20_000 })),
    );
    expect(await count()).toBe(4);
    const left = named(
      `SELECT count() AS n FROM system.tables WHERE database = {d: String} AND name LIKE 'migrations_lock%'`,
      z.object({ n: safeInteger }),
    );
    expect((await columns().query(left, { d: database() })).rows).toEqual([{ n: 0 }]);
  });
}
