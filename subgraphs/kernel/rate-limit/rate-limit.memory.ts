import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible';
import { flexibleRateLimiter } from './flexible';
import type { RateLimiter } from './rate-limit';

export interface MemoryRateLimiterDeps {
  /** Per bucket; with more, the keys seen longest ago begin anew. Default 100,000. */
  maxKeys?: number;
}

/** Counts in this process alone. Several processes allow as many times as much: use a shared store for log-ins then. */
export function createMemoryRateLimiter({ maxKeys = 100_000 }: MemoryRateLimiterDeps = {}): RateLimiter {
  return flexibleRateLimiter({
    create: ({ points, seconds }) => new BoundedMemory(points, seconds, maxKeys),
    close: async () => undefined, // its timers do not hold the process
  });
}

/** The library keeps every key until its window ends: an attacker with many addresses could fill the memory. */
class BoundedMemory extends RateLimiterMemory {
  /** In order of their last window's beginning. */
  private readonly windows = new Map<string, number>();

  constructor(
    points: number,
    private readonly windowSeconds: number,
    private readonly maxKeys: number,
  ) {
    super({ points, duration: windowSeconds });
  }

  override async consume(key: string, points?: number): Promise<RateLimiterRes> {
    this.remember(key);
    return super.consume(key, points);
  }

  private remember(key: string): void {
    const now = performance.now();
    const began = this.windows.get(key);
    if (began !== undefined && now - began < this.windowSeconds * 1_000) return;
    this.windows.delete(key);
    this.windows.set(key, now);
    for (const [oldest, since] of this.windows) {
      if (this.windows.size <= this.maxKeys && now - since < this.windowSeconds * 1_000) return;
      this.windows.delete(oldest);
      void super.delete(oldest);
    }
  }
}
