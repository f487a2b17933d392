import type { Logger } from '../logger';
import { isStoreFault, orUnavailable } from '../pubsub/store-fault';
import type { Cache } from './cache';

const WARN_EVERY_MS = 30_000;
/** No tag ever has it, so a fill that begins while the store is away is not stored. */
const NO_GENERATION = -1;

/**
 * A cache whose store is away is an empty one: reads miss, fills are not kept. A purge or deletion that could not be made is UNAVAILABLE
 * instead, since another process may still read what should be gone.
 */
export function tolerant(cache: Cache, log: Logger): Cache {
  let warned = -Infinity;
  const orElse = async <T>(work: () => Promise<T>, otherwise: T): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if (!isStoreFault(error)) throw error;
      if (performance.now() - warned > WARN_EVERY_MS) {
        warned = performance.now();
        log.warn({ err: error }, 'the cache cannot be reached and counts as empty');
      }
      return otherwise;
    }
  };
  return {
    get: <T>(key: Parameters<Cache['get']>[0]) => orElse(() => cache.get<T>(key), undefined),
    generations: (tenantId, tags) =>
      orElse(() => cache.generations(tenantId, tags), Object.fromEntries(tags.map((tag) => [tag, NO_GENERATION]))),
    set: (key, value, options, generations) => orElse(() => cache.set(key, value, options, generations), false),
    delete: (key) => orUnavailable('The cache', () => cache.delete(key)),
    purge: (tenantId, tags) => orUnavailable('The cache', () => cache.purge(tenantId, tags)),
    close: () => cache.close(),
  };
}
