import type { Pool } from 'pg';
import type { Logger } from '../logger';
import { orUnavailable } from '../pubsub/store-fault';
import type { Cache, CacheKey, Generations } from './cache';
import { encodeValue, entryName, MAX_VALUE_BYTES, seenGenerations, tagName, ttlMs } from './entry-name';
import { prepareCacheTables, sweepCache } from './postgres-tables';
import { tolerant } from './tolerant';

export interface PostgresCacheDeps {
  /** As a role that owns the schema, or may create it. Owned by the caller. */
  pool: Pool;
  log: Logger;
  /** Default `cache`. */
  schema?: string;
  /** Kept after a sweep; default 100,000. */
  maxEntries?: number;
  /** Milliseconds between sweeps; default one minute. */
  sweepMs?: number;
}

/** A cache in PostgreSQL, for several processes without Redis. Throws UNAVAILABLE when it cannot be reached at start; later see `tolerant`. */
export async function openPostgresCache(deps: PostgresCacheDeps): Promise<Cache> {
  const { pool, log, schema = 'cache', maxEntries = 100_000, sweepMs = 60_000 } = deps;
  if (!/^[a-z][a-z0-9_]{0,40}$/.test(schema)) throw new Error(`not a schema name: ${schema}`);
  await orUnavailable('The cache', () => prepareCacheTables(pool, schema));

  let sweeping: Promise<void> | undefined;
  const sweep = async (): Promise<void> => {
    try {
      await sweepCache(pool, schema, maxEntries);
    } catch (error) {
      log.warn({ err: error }, 'the cache could not be swept');
    }
  };
  const timer = setInterval(() => {
    sweeping ??= sweep().finally(() => (sweeping = undefined));
  }, sweepMs);
  timer.unref();

  const generations = async (tenantId: string | null, tags: readonly string[]): Promise<Generations> => {
    if (tags.length === 0) return {};
    const names = tags.map((tag) => tagName(tenantId, tag));
    const { rows } = await pool.query(generationsSql(schema), [[...new Set(names)].sort()]);
    const found = new Map(
      (rows as { name: string; generation: string }[]).map((row) => [row.name, Number(row.generation)]),
    );
    return Object.fromEntries(tags.map((tag, index) => [tag, found.get(names[index]!)!]));
  };

  return tolerant(
    {
      get: async <T>(key: CacheKey) => {
        const { rows } = await pool.query(getSql(schema), [entryName(key)]);
        const row = rows[0] as { value: string } | undefined;
        return row && (JSON.parse(row.value) as T);
      },
      generations,
      set: async (key, value, options, seen) => {
        const text = encodeValue(value);
        const lifetime = ttlMs(options);
        const tags = [...new Set(options.tags ?? [])];
        const checked = seenGenerations(tags, seen ?? (await generations(key.tenantId, tags)));
        if (Buffer.byteLength(text) > MAX_VALUE_BYTES) return false;
        const names = tags.map((tag) => tagName(key.tenantId, tag));
        const params = [entryName(key), text, names, tags.map((tag) => checked.get(tag)!), lifetime];
        const { rowCount } = await pool.query(setSql(schema), params);
        return rowCount === 1;
      },
      delete: async (key) => {
        await pool.query(`delete from ${schema}.cache_entry where name = $1`, [entryName(key)]);
      },
      purge: async (tenantId, tags) => {
        const names = [...new Set(tags.map((tag) => tagName(tenantId, tag)))].sort(); // one order: no deadlocks
        if (names.length > 0) await pool.query(purgeSql(schema), [names]);
      },
      close: async () => {
        clearInterval(timer);
        await sweeping;
      },
    },
    log,
  );
}

/** Whether a tag no longer has the generation the entry was computed under; a tag that is not there has none. */
const staleTag = (schema: string, tags: string, generations: string): string => `
  select from unnest(${tags}, ${generations}) as seen (name, generation)
  left join ${schema}.cache_tag tag on tag.name = seen.name
  where tag.generation is distinct from seen.generation`;

const getSql = (schema: string): string => `
  select e.value from ${schema}.cache_entry e
  where e.name = $1 and e.expires_at > now() and not exists (${staleTag(schema, 'e.tags', 'e.generations')})`;

const setSql = (schema: string): string => `
  with touched as (
    update ${schema}.cache_tag set touched_at = now()
    where name = any($3::text[]) and touched_at < now() - interval '1 hour'
  )
  insert into ${schema}.cache_entry as e (name, value, tags, generations, expires_at)
  select $1, $2, $3::text[], $4::bigint[], now() + $5::float8 * interval '1 millisecond'
  where not exists (${staleTag(schema, '$3::text[]', '$4::bigint[]')})
  on conflict (name) do update set value = excluded.value, tags = excluded.tags, generations = excluded.generations,
    expires_at = excluded.expires_at
  returning 1`;

const generationsSql = (schema: string): string => `
  with present as (select name, generation from ${schema}.cache_tag where name = any($1::text[])),
  made as (
    insert into ${schema}.cache_tag (name, generation)
    select name, nextval('${schema}.cache_generation') from unnest($1::text[]) as asked (name)
    where not exists (select from present where present.name = asked.name)
    on conflict (name) do update set touched_at = now()
    returning name, generation
  )
  select * from present union all select * from made`;

const purgeSql = (schema: string): string => `
  insert into ${schema}.cache_tag (name, generation)
  select name, nextval('${schema}.cache_generation') from unnest($1::text[]) as purged (name)
  on conflict (name) do update set generation = excluded.generation, touched_at = now()`;
