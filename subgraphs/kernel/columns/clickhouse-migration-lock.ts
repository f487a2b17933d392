import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Logger } from '../logger';
import type { Columns, NamedQuery } from './columns';
import { codeOf, TABLE_ALREADY_EXISTS } from './clickhouse-errors';
import { identifier, literal } from './clickhouse-sql';

export interface LockSettings {
  waitMs: number;
  /** The holder renews its lock in a third of this; one that has not in all of it is dead. At least 3. */
  staleSeconds: number;
}

const DEFAULTS: LockSettings = { waitMs: 10 * 60_000, staleSeconds: 60 };

/**
 * One process at a time: creating the lock's table succeeds for one only. Its comment names the owner, and changing it renews the lock.
 * Answers the function that releases it.
 */
export async function lockMigrations(
  columns: Columns,
  log: Logger,
  database: string,
  settings: Partial<LockSettings> = {},
): Promise<() => Promise<void>> {
  const { waitMs, staleSeconds } = { ...DEFAULTS, ...settings };
  const table = `${identifier(database)}.migrations_lock`;
  const owner = randomUUID();
  const create = `CREATE TABLE ${table} (owner String) ENGINE = MergeTree ORDER BY owner COMMENT ${literal(owner)}`;
  const until = Date.now() + waitMs;
  while (!(await isCreated(columns, create))) {
    if (Date.now() > until)
      throw new Error(`Another process has been migrating ${database} for more than ${waitMs} ms`);
    await breakStaleLock(columns, log, database, staleSeconds);
    await sleep(100 + Math.random() * 200);
  }
  let beats = 0;
  const heartbeat = setInterval(
    () => {
      columns
        .command(`ALTER TABLE ${table} MODIFY COMMENT ${literal(`${owner} ${++beats}`)}`)
        .catch((error: unknown) => log.warn({ err: error, database }, 'could not renew the migration lock'));
    },
    (staleSeconds * 1000) / 3,
  );
  return async () => {
    clearInterval(heartbeat);
    const [held] = (await columns.query(holder, { database, table: 'migrations_lock' })).rows;
    if (held?.comment.startsWith(owner)) await columns.command(`DROP TABLE IF EXISTS ${table} SYNC`);
  };
}

async function isCreated(columns: Columns, create: string): Promise<boolean> {
  try {
    await columns.command(create);
    return true;
  } catch (error) {
    if (codeOf((error as Error).cause) === TABLE_ALREADY_EXISTS) return false;
    throw error;
  }
}

const holder: NamedQuery<{ database: string; table: string }, { comment: string; age: number }> = {
  name: 'columns.migration-lock',
  sql: `SELECT comment, toInt32(dateDiff('second', metadata_modification_time, now())) AS age FROM system.tables
        WHERE database = {database: String} AND name = {table: String}`,
  row: z.object({ comment: z.string(), age: z.number() }),
};

/** Renaming takes the lock away from a dead holder for one of us only; if it was somebody else's by then, it is given back. */
async function breakStaleLock(columns: Columns, log: Logger, database: string, staleSeconds: number): Promise<void> {
  const [held] = (await columns.query(holder, { database, table: 'migrations_lock' })).rows;
  if (!held || held.age < staleSeconds) return;
  const name = identifier(database);
  const aside = `migrations_lock_${randomUUID().replaceAll('-', '')}`;
  try {
    await columns.command(`RENAME TABLE ${name}.migrations_lock TO ${name}.${aside}`);
  } catch {
    return; // another waiter was faster, or the holder has just finished
  }
  const [taken] = (await columns.query(holder, { database, table: aside })).rows;
  if (taken?.comment === held.comment) {
    log.warn({ database, age_seconds: held.age }, 'broke the migration lock of a process that is gone');
    await columns.command(`DROP TABLE ${name}.${aside} SYNC`);
  } else await columns.command(`RENAME TABLE ${name}.${aside} TO ${name}.migrations_lock`);
}
