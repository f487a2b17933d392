import type { Clock } from '../clock';
import type { Logger } from '../logger';
import type { PubSub } from '../pubsub/pubsub';
import type { Cache, CacheKey } from './cache';
import { encodeValue, entryName, seenGenerations, tagName, ttlMs } from './entry-name';
import { Lru } from './lru';
import { openPurgeSignals, type PurgeSignals } from './purge-signals';
import { TagGenerations } from './tag-generations';

export interface MemoryCacheDeps {
  clock: Clock;
  log: Logger;
  /**
   * Given when several processes keep a memory cache each (an L1): purges and deletions then reach the others within the bus's delay,
   * and a gap of the bus empties the cache. A purge in this process is always in effect when it resolves.
   */
  pubsub?: PubSub;
  /** Default 10,000. */
  maxEntries?: number;
  /** Approximate, of keys and JSON texts; default 64 MB. */
  maxBytes?: number;
}

interface Entry {
  text: string;
  expiresAt: number;
  /** Tag names with the generations the value was computed under. */
  tags: ReadonlyMap<string, number>;
}

/** What an entry costs besides its text: names, maps, numbers. */
const ENTRY_OVERHEAD_BYTES = 200;
const TAG_OVERHEAD_BYTES = 100;
const MAX_PURGED_TAGS = 50_000;

/** A cache in this process's memory, bounded by entries and bytes. */
export async function openMemoryCache(deps: MemoryCacheDeps): Promise<Cache> {
  const { clock, log, pubsub, maxEntries = 10_000, maxBytes = 64 * 1024 * 1024 } = deps;
  const entries = new Lru<Entry>(maxEntries, maxBytes);
  const generations = new TagGenerations(MAX_PURGED_TAGS);
  const empty = (): void => {
    entries.clear();
    generations.purgeAll();
  };
  const apply = (purged: PurgeSignals): void => {
    purged.tags?.forEach((tag) => generations.purge(tag));
    purged.entries?.forEach((name) => entries.delete(name));
  };
  const signals = pubsub && (await openPurgeSignals({ pubsub, log, onPurge: apply, onGap: empty }));

  const present = (name: string): Entry | undefined => {
    const entry = entries.get(name);
    if (!entry) return undefined;
    const fresh = entry.expiresAt > clock.now().getTime();
    if (fresh && [...entry.tags].every(([tag, seen]) => generations.of(tag) === seen)) return entry;
    entries.delete(name);
    return undefined;
  };

  return {
    get: async <T>(key: CacheKey) => {
      const entry = present(entryName(key));
      return entry && (JSON.parse(entry.text) as T); // a copy of its own for every reader
    },
    generations: async (tenantId, tags) =>
      Object.fromEntries(tags.map((tag) => [tag, generations.of(tagName(tenantId, tag))])),
    set: async (key, value, options, seen) => {
      const text = encodeValue(value);
      const expiresAt = clock.now().getTime() + ttlMs(options);
      const tags = new Map<string, number>();
      const asked = seen && seenGenerations(options.tags ?? [], seen);
      for (const tag of options.tags ?? []) {
        const name = tagName(key.tenantId, tag);
        const now = generations.of(name);
        if (asked && asked.get(tag) !== now) return false;
        tags.set(name, now);
      }
      const bytes = Buffer.byteLength(text) + ENTRY_OVERHEAD_BYTES + tags.size * TAG_OVERHEAD_BYTES;
      return entries.set(entryName(key), { text, expiresAt, tags }, bytes);
    },
    delete: async (key) => {
      const purged = { entries: [entryName(key)] };
      apply(purged);
      await signals?.send(purged);
    },
    purge: async (tenantId, tags) => {
      const purged = { tags: tags.map((tag) => tagName(tenantId, tag)) };
      apply(purged);
      await signals?.send(purged);
    },
    close: async () => {
      await signals?.close();
      empty();
    },
  };
}
