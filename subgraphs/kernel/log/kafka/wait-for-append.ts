import { setTimeout as sleep } from 'node:timers/promises';
import type { Bounds } from './topics';

/** Asks at an interval whether a topic has grown: Kafka tells nobody but its consumers. Resolves early when aborted. */
export async function waitForAppend(
  bounds: () => Promise<Bounds>,
  options: { timeoutMs: number; pollMs: number; positions: ReadonlyMap<number, bigint> | undefined },
  signal: AbortSignal,
): Promise<void> {
  const deadline = performance.now() + options.timeoutMs;
  let from = options.positions;
  while (!signal.aborted) {
    const now = await bounds();
    const known = from;
    if (known && [...now].some(([partition, { next }]) => next > (known.get(partition) ?? 0n))) return;
    from ??= new Map([...now].map(([partition, { next }]) => [partition, next]));
    const left = deadline - performance.now();
    if (left <= 0) return;
    await sleep(Math.min(options.pollMs, left), undefined, { signal }).catch(() => undefined);
  }
}
