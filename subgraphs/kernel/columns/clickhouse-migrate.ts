import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Logger } from '../logger';
import type { Columns, ColumnsMigration, NamedQuery } from './columns';
import { lockMigrations, type LockSettings } from './clickhouse-migration-lock';
import { identifier } from './clickhouse-sql';

/**
 * Applies what is not yet applied, statement by statement, each recorded as it succeeds, so that a failed run goes on where it stopped.
 * A migration that changed after it was applied is an error. One process at a time: creating the lock table succeeds for one only.
 */
export async function migrate(
  columns: Columns,
  log: Logger,
  database: string,
  migrations: readonly ColumnsMigration[],
  lockSettings: Partial<LockSettings> = {},
): Promise<void> {
  const name = identifier(database);
  await columns.command(`CREATE DATABASE IF NOT EXISTS ${name}`);
  await columns.command(
    `CREATE TABLE IF NOT EXISTS ${name}.migrations (name String, statement UInt32, checksum String, applied_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC'))
     ENGINE = MergeTree ORDER BY (name, statement)`,
  );
  if ((await pendingOf(columns, database, migrations)).length === 0) return;
  const release = await lockMigrations(columns, log, database, lockSettings);
  try {
    for (const { migration, index, sql, checksum } of await pendingOf(columns, database, migrations)) {
      await columns.command(sql.replaceAll('{database}', name));
      await columns.insert(`${database}.migrations`, [{ name: migration, statement: index, checksum }]);
      log.info({ database, migration, statement: index }, 'columns migration applied');
    }
  } finally {
    await release();
  }
}

const applied: NamedQuery<{ database: string }, { name: string; statement: number; checksum: string }> = {
  name: 'columns.applied-migrations',
  sql: 'SELECT name, statement, checksum FROM {database: Identifier}.migrations',
  row: z.object({ name: z.string(), statement: z.number(), checksum: z.string() }),
};

interface Step {
  migration: string;
  index: number;
  sql: string;
  checksum: string;
}

async function pendingOf(columns: Columns, database: string, migrations: readonly ColumnsMigration[]): Promise<Step[]> {
  const { rows } = await columns.query(applied, { database });
  const done = new Map(rows.map((row) => [`${row.name}/${row.statement}`, row.checksum]));
  const steps = migrations
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap(({ name, statements }) =>
      statements.map((sql, index): Step => ({ migration: name, index, sql, checksum: checksumOf(sql) })),
    );
  return steps.filter(({ migration, index, checksum }) => {
    const before = done.get(`${migration}/${index}`);
    if (before !== undefined && before !== checksum)
      throw new Error(
        `Migration ${migration} of ${database} was changed after it was applied (statement ${index}); write a new one instead`,
      );
    return before === undefined;
  });
}

const checksumOf = (sql: string): string =>
  createHash('sha256').update(sql.replace(/\s+/g, ' ').trim()).digest('hex').slice(0, 32);
