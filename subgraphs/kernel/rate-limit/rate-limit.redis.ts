import { RateLimiterRedis } from 'rate-limiter-flexible';
import type { Logger } from '../logger';
import { connectRedis } from '../pubsub/redis-connection';
import { flexibleRateLimiter } from './flexible';
import type { RateLimiter } from './rate-limit';

export interface RedisRateLimiterDeps {
  /** `redis://` or `rediss://`. The connection is opened here and closed by `close`. */
  url: string;
  log: Logger;
}

/** Counts in Redis, for all processes. Throws UNAVAILABLE when Redis cannot be reached. */
export async function openRedisRateLimiter({ url, log }: RedisRateLimiterDeps): Promise<RateLimiter> {
  const redis = await connectRedis({ url, log, what: 'The rate limiter' });
  return flexibleRateLimiter({
    create: ({ points, seconds }) =>
      new RateLimiterRedis({
        storeClient: redis,
        useRedisPackage: true,
        keyPrefix: 'di:rate',
        points,
        duration: seconds,
      }),
    close: async () => redis.destroy(),
  });
}
