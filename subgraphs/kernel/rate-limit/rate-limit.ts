/** How often something may be done with one key: `points` within `seconds`, which begin with the first use and then begin anew. */
export interface Bucket {
  /** What is limited, e.g. `log-in`; part of every key. */
  name: string;
  points: number;
  /** Whole seconds. */
  seconds: number;
}

export type RateDecision =
  | { ok: true; remaining: number }
  /** Whole seconds, at least 1, until trying again makes sense. */
  | { ok: false; retryAfterSeconds: number };

/**
 * Limits how often an address, an account or a credential does something: log-in, anonymous routes. A fixed window per key, which starts at
 * the key's first use, so that up to twice the points can fall into one stretch of `seconds` across the border of two windows: choose them so.
 * What is refused counts too, but does not prolong the window.
 *
 * Fails closed: when the store cannot be reached, `consume` throws UNAVAILABLE, since a log-in without a limit is an open door. A caller
 * for whom answering matters more (a public page) catches that and goes on.
 */
export interface RateLimiter {
  /** @param key any text: an address, a hashed account name. @param points what this use costs; default 1. */
  consume(tenantId: string | null, bucket: Bucket, key: string, points?: number): Promise<RateDecision>;
  /** Forgets what the key has used, e.g. after a successful log-in. */
  reset(tenantId: string | null, bucket: Bucket, key: string): Promise<void>;
  close(): Promise<void>;
}
