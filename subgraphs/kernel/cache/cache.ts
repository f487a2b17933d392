/** Keys are built from the tenant first; `null` only for what belongs to no tenant (signing keys). No adapter lets two tenants share an entry. */
export interface CacheKey {
  tenantId: string | null;
  /** What is cached, e.g. `metric-query`. */
  kind: string;
  /** A fingerprint, see `fingerprint.ts`; never raw user text. */
  key: string;
}

export interface CacheSetOptions {
  /** Seconds to live, always bounded. */
  ttlSeconds: number;
  /** Tags of the same tenant; `purge` of one makes the entry unreadable. */
  tags?: readonly string[];
}

/**
 * A cache of JSON values. Tags carry generations that are checked when storing and when reading, so that a fill begun before a purge
 * cannot store stale data after it: read `generations` first, compute, then `set` with them.
 */
export interface Cache {
  get<T>(key: CacheKey): Promise<T | undefined>;
  /** The present generations of these tags, to be handed to `set`. */
  generations(tenantId: string | null, tags: readonly string[]): Promise<Generations>;
  /** Stores unless one of the tags was purged since `generations` was read. Answers whether it stored. */
  set<T>(key: CacheKey, value: T, options: CacheSetOptions, generations?: Generations): Promise<boolean>;
  delete(key: CacheKey): Promise<void>;
  /** Makes every entry with one of these tags unreadable, in every process, before it resolves. */
  purge(tenantId: string | null, tags: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

export type Generations = Readonly<Record<string, number>>;
