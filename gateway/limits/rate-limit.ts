import { createMemoryRateLimiter as createBuckets } from '../../subgraphs/kernel/rate-limit/rate-limit.memory';

export interface RateDecision {
  allowed: boolean;
  /** Seconds until the next request is allowed; 0 when this one is. */
  retryAfterSeconds: number;
}

/** Counts requests by key. The one in memory is for one process; one over a shared store can take its place. */
export interface RateLimiter {
  take(key: string): Promise<RateDecision>;
}

export interface Rate {
  points: number;
  seconds: number;
}

/** All rates must allow a request. @param maxKeys kept for each rate; with more, the keys seen longest ago begin anew. */
export function createMemoryRateLimiter(rates: readonly Rate[], maxKeys?: number): RateLimiter {
  const limiter = createBuckets({ maxKeys });
  const buckets = rates.map((rate, index) => ({ ...rate, name: `rate-${index}` }));
  return {
    async take(key) {
      const decisions = await Promise.all(buckets.map((bucket) => limiter.consume(null, bucket, key)));
      const longest = Math.max(0, ...decisions.map((decision) => (decision.ok ? 0 : decision.retryAfterSeconds)));
      return { allowed: longest === 0, retryAfterSeconds: longest };
    },
  };
}
