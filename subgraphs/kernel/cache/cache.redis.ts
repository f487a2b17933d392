import type { Logger } from '../logger';
import { connectRedis } from '../pubsub/redis-connection';
import type { Cache, CacheKey, Generations } from './cache';
import {
  encodeValue,
  entryName,
  MAX_TTL_SECONDS,
  MAX_VALUE_BYTES,
  seenGenerations,
  tagName,
  ttlMs,
} from './entry-name';
import { GENERATIONS, GET, PURGE, SET } from './redis-scripts';
import { tolerant } from './tolerant';

export interface RedisCacheDeps {
  /** `redis://` or `rediss://`, one server or a primary (no cluster). The connection is opened here and closed by `close`. */
  url: string;
  log: Logger;
}

const ENTRY = 'di:c:e:';
const TAG = 'di:c:t:';
/** A tag outlives every entry that has it: it is prolonged with each. */
const TAG_TTL_MS = 2 * MAX_TTL_SECONDS * 1_000;

/** A cache in Redis, shared by all processes. Throws UNAVAILABLE when Redis cannot be reached at start; later see `tolerant`. */
export async function openRedisCache({ url, log }: RedisCacheDeps): Promise<Cache> {
  const redis = await connectRedis({ url, log, what: 'The cache' });
  const run = (script: string, keys: string[], args: (string | number)[] = []): Promise<unknown> =>
    redis.eval(script, { keys, arguments: args.map(String) });
  const tagKey = (tenantId: string | null, tag: string): string => TAG + tagName(tenantId, tag);

  const generations = async (tenantId: string | null, tags: readonly string[]): Promise<Generations> => {
    if (tags.length === 0) return {};
    const keys = tags.map((tag) => tagKey(tenantId, tag));
    const found = (await run(GENERATIONS, keys, [TAG_TTL_MS])) as string[];
    return Object.fromEntries(tags.map((tag, index) => [tag, Number(found[index])]));
  };

  return tolerant(
    {
      get: async <T>(key: CacheKey) => {
        const text = (await run(GET, [ENTRY + entryName(key)], [TAG])) as string | null;
        return text === null ? undefined : (JSON.parse(text) as T);
      },
      generations,
      set: async (key, value, options, seen) => {
        const text = encodeValue(value);
        const lifetime = Math.ceil(ttlMs(options));
        const tags = [...new Set(options.tags ?? [])];
        const checked = seenGenerations(tags, seen ?? (await generations(key.tenantId, tags)));
        if (Buffer.byteLength(text) > MAX_VALUE_BYTES) return false;
        const names = tags.map((tag) => tagName(key.tenantId, tag));
        const stored = await run(
          SET,
          [ENTRY + entryName(key), ...names.map((name) => TAG + name)],
          [text, lifetime, TAG_TTL_MS, ...names.flatMap((name, index) => [name, checked.get(tags[index]!)!])],
        );
        return stored === 1;
      },
      delete: async (key) => {
        await redis.sendCommand(['DEL', ENTRY + entryName(key)]);
      },
      purge: async (tenantId, tags) => {
        if (tags.length === 0) return;
        await run(
          PURGE,
          tags.map((tag) => tagKey(tenantId, tag)),
          [TAG_TTL_MS],
        );
      },
      close: async () => redis.destroy(),
    },
    log,
  );
}
