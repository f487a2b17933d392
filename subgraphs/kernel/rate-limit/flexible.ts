import { createHash } from 'node:crypto';
import type { RateLimiterAbstract, RateLimiterRes } from 'rate-limiter-flexible';
import { orUnavailable } from '../pubsub/store-fault';
import type { Bucket, RateDecision, RateLimiter } from './rate-limit';

export interface FlexibleOptions {
  /** A limiter of the library for this bucket; called once for each. */
  create(bucket: Bucket): RateLimiterAbstract;
  close(): Promise<void>;
}

/** The port over `rate-limiter-flexible`, whichever store it uses. */
export function flexibleRateLimiter({ create, close }: FlexibleOptions): RateLimiter {
  const limiters = new Map<string, RateLimiterAbstract>();
  const limiterOf = (bucket: Bucket): RateLimiterAbstract => {
    const id = `${bucket.name}:${bucket.points}:${bucket.seconds}`;
    let limiter = limiters.get(id);
    if (!limiter) {
      assertBucket(bucket);
      limiter = create(bucket);
      limiters.set(id, limiter);
    }
    return limiter;
  };

  return {
    consume: async (tenantId, bucket, key, points = 1) => {
      if (!Number.isSafeInteger(points) || points < 1) throw new RangeError(`a use costs whole points, not ${points}`);
      const limiter = limiterOf(bucket);
      return orUnavailable('The rate limiter', () => decide(limiter, keyName(tenantId, bucket, key), points));
    },
    reset: async (tenantId, bucket, key) => {
      await orUnavailable('The rate limiter', () => limiterOf(bucket).delete(keyName(tenantId, bucket, key)));
    },
    close: async () => {
      limiters.clear();
      await close();
    },
  };
}

async function decide(limiter: RateLimiterAbstract, key: string, points: number): Promise<RateDecision> {
  try {
    const { remainingPoints } = await limiter.consume(key, points);
    return { ok: true, remaining: remainingPoints };
  } catch (thrown) {
    // The library throws its answer when it refuses, and an error when something is wrong.
    const { msBeforeNext } = thrown as Partial<RateLimiterRes>;
    if (typeof msBeforeNext !== 'number') throw thrown;
    return { ok: false, retryAfterSeconds: Math.max(1, Math.ceil(msBeforeNext / 1_000)) };
  }
}

/** Of one length whatever the text, and never readable in the store; no two tenants or buckets share one. */
function keyName(tenantId: string | null, bucket: Bucket, key: string): string {
  const parts = [tenantId ?? '-', bucket.name, key].map((part) => `${part.length}:${part}`);
  return createHash('sha256').update(parts.join('')).digest('base64url');
}

function assertBucket({ name, points, seconds }: Bucket): void {
  if (!Number.isSafeInteger(points) || points < 1 || !Number.isSafeInteger(seconds) || seconds < 1) {
    throw new RangeError(`the bucket "${name}" needs whole points and seconds`);
  }
}
