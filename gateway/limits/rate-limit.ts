import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

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

/** All rates must allow a request. */
export function createMemoryRateLimiter(rates: readonly Rate[]): RateLimiter {
  const limiters = rates.map(({ points, seconds }) => new RateLimiterMemory({ points, duration: seconds }));
  return {
    async take(key) {
      const waits = await Promise.all(limiters.map((limiter) => waitOf(limiter, key)));
      const longest = Math.max(0, ...waits);
      return { allowed: longest === 0, retryAfterSeconds: longest };
    },
  };
}

async function waitOf(limiter: RateLimiterMemory, key: string): Promise<number> {
  try {
    await limiter.consume(key);
    return 0;
  } catch (error) {
    if (error instanceof RateLimiterRes) return Math.max(1, Math.ceil(error.msBeforeNext / 1_000));
    throw error;
  }
}
