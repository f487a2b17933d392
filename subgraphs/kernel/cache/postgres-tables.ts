import type { Pool } from 'pg';

/** Any one number, the same in all processes: one of them makes the tables. */
const LOCK = 4_715_002;

/** Makes the schema and the tables. As a role that owns the schema, or may create it. */
export async function prepareCacheTables(pool: Pool, schema: string): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    await client.query('select pg_advisory_xact_lock($1)', [LOCK]);
    const { rowCount } = await client.query('select 1 from pg_namespace where nspname = $1', [schema]);
    if (rowCount === 0) await client.query(`create schema ${schema}`);
    // Unlogged: emptied by a crash of the server, which a cache may be, and written at a fraction of the cost. The sequence is logged:
    // a generation never comes twice.
    await client.query(`
      create unlogged table if not exists ${schema}.cache_entry (
        name text primary key,
        value text not null,
        tags text[] not null,
        generations bigint[] not null,
        expires_at timestamptz not null
      );
      create index if not exists cache_entry_expiry on ${schema}.cache_entry (expires_at);
      create unlogged table if not exists ${schema}.cache_tag (
        name text primary key,
        generation bigint not null,
        touched_at timestamptz not null default now()
      );
      create sequence if not exists ${schema}.cache_generation;
    `);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  } finally {
    client.release();
  }
}

/**
 * Removes what is past its time, what is over the bound (what would end first), and tags that no living entry can have: entries live a day
 * at most and touch their tags. Answers how many entries went.
 */
export async function sweepCache(pool: Pool, schema: string, maxEntries: number): Promise<number> {
  const expired = await pool.query(`delete from ${schema}.cache_entry where expires_at <= now()`);
  const over = await pool.query(
    `delete from ${schema}.cache_entry where name in
       (select name from ${schema}.cache_entry order by expires_at desc offset $1)`,
    [maxEntries],
  );
  await pool.query(`delete from ${schema}.cache_tag where touched_at < now() - interval '3 days'`);
  return (expired.rowCount ?? 0) + (over.rowCount ?? 0);
}
