import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Logger } from '../logger';
import type { Columns, ColumnsMigration, NamedQuery } from './columns';
import { codeOf, TABLE_ALREADY_EXISTS } from './clickhouse-errors';
import { identifier, literal } from './clickhouse-sql';

const LOCK_WAIT_MS = 120_000;
/** A holder renews its lock before each statement; one that has not for so long is dead. */
const LOCK_STALE_SECONDS = 60;

/**
 * Applies what is not yet applied, statement by statement, each recorded as it succeeds, so that a failed run goes on where it stopped.
 * A migration that changed after it was applied is an error. One process at a time: creating the lock table succeeds for one only.
 */
export async function migrate(
  columns: Columns,
  log: Logger,
  database: string,
  migrations: readonly ColumnsMigration[],
): Promise<void> {
  const name = identifier(database);
  await columns.command(`CREATE DATABASE IF NOT EXISTS ${name}`);
  await columns.command(
    `CREATE TABLE IF NOT EXISTS ${name}.migrations (name String, statement UInt32, checksum String, applied_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC'))
     ENGINE = MergeTree ORDER BY (name, statement)`,
  );
  if ((await pendingOf(columns, database, migrations)).length === 0) return;
  const owner = randomUUID();
  await lock(columns, log, database, owner);
  try {
    for (const { migration, index, sql, checksum } of await pendingOf(columns, database, migrations)) {
      await columns.command(`ALTER TABLE ${name}.migrations_lock MODIFY COMMENT ${literal(owner)}`);
      await columns.command(sql.replaceAll('{database}', name));
      await columns.insert(`${database}.migrations`, [{ name: migration, statement: index, checksum }]);
      log.info({ database, migration, statement: index }, 'columns migration applied');
    }
  } finally {
    await columns.command(`DROP TABLE IF EXISTS ${name}.migrations_lock SYNC`);
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

async function lock(columns: Columns, log: Logger, database: string, owner: string): Promise<void> {
  const name = identifier(database);
  const until = Date.now() + LOCK_WAIT_MS;
  for (;;) {
    try {
      await columns.command(
        `CREATE TABLE ${name}.migrations_lock (owner String) ENGINE = MergeTree ORDER BY owner COMMENT ${literal(owner)}`,
      );
      return;
    } catch (error) {
      if (codeOf((error as Error).cause) !== TABLE_ALREADY_EXISTS) throw error;
      if (Date.now() > until)
        throw new Error(`Another process has been migrating ${database} for too long`, { cause: error });
      await breakStaleLock(columns, log, database);
      await sleep(100 + Math.random() * 200);
    }
  }
}

const holder: NamedQuery<{ database: string }, { comment: string; age: number }> = {
  name: 'columns.migration-lock',
  sql: `SELECT comment, toInt32(dateDiff('second', metadata_modification_time, now())) AS age FROM system.tables
        WHERE database = {database: String} AND name = 'migrations_lock'`,
  row: z.object({ comment: z.string(), age: z.number() }),
};

/** Renaming takes the lock away from a dead holder for one of us only; was it another's by then, it is given back. */
async function breakStaleLock(columns: Columns, log: Logger, database: string): Promise<void> {
  const [held] = (await columns.query(holder, { database })).rows;
  if (!held || held.age < LOCK_STALE_SECONDS) return;
  const name = identifier(database);
  const aside = identifier(`migrations_lock_${randomUUID().replaceAll('-', '')}`);
  log.warn({ database, age_seconds: held.age }, 'breaking the migration lock of a process that is gone');
  await columns.command(`RENAME TABLE ${name}.migrations_lock TO ${name}.${aside}`);
  await columns.command(`DROP TABLE ${name}.${aside} SYNC`);
}
