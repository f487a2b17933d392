import { createHash } from 'node:crypto';
import type { CacheKey, CacheSetOptions } from './cache';

/** A day: whatever was forgotten to be purged is gone by then. */
export const MAX_TTL_SECONDS = 86_400;

/** Of one value, where the cache is shared: what is larger is not worth sending around. */
export const MAX_VALUE_BYTES = 4 * 1024 * 1024;

const owner = (tenantId: string | null): string => tenantId ?? '-';

/** Names are hashed with their parts kept apart by lengths, so that no two keys or tags, of whichever tenant, share one. */
const hash = (...parts: string[]): string =>
  createHash('sha256')
    .update(parts.map((part) => `${part.length}:${part}`).join(''))
    .digest('base64url');

export const entryName = ({ tenantId, kind, key }: CacheKey): string => hash('entry', owner(tenantId), kind, key);

export const tagName = (tenantId: string | null, tag: string): string => hash('tag', owner(tenantId), tag);

/** The distinct tags, each with the generation the filler saw; throws when it did not look at one of them. */
export function seenGenerations(
  tags: readonly string[],
  generations: Readonly<Record<string, number>>,
): Map<string, number> {
  return new Map(
    tags.map((tag) => {
      const seen = generations[tag];
      if (seen === undefined) throw new Error(`set() has the tag "${tag}", of which generations() was not asked`);
      return [tag, seen];
    }),
  );
}

/** Milliseconds to live. Throws for what is not positive; more than a day is a day. */
export function ttlMs({ ttlSeconds }: CacheSetOptions): number {
  if (!(ttlSeconds > 0)) throw new Error('a cache entry must live longer than no time at all');
  return Math.min(ttlSeconds, MAX_TTL_SECONDS) * 1_000;
}

/** The JSON text of a value; `undefined` means "not there" and cannot be stored. */
export function encodeValue(value: unknown): string {
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) throw new TypeError('a cached value must be a JSON value');
  return text;
}
