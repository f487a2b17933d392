import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../../logger';
import { Pacer } from '../../pacer';
import type { Sql } from './sql';

/** Under a stream of appends the heads are looked up so often at most. */
const SHORTEST_PAUSE_MS = 5;

interface HeadRow {
  topic_id: number;
  partition: number;
  next_offset: string | bigint;
}

/**
 * Knows how far each partition reaches, for all readers of this process: one small query after a notification, and at an interval, so
 * that a lost notification costs latency only.
 */
export class Heads {
  private readonly next = new Map<number, Map<number, bigint>>();
  private readonly waiters = new Map<number, Set<() => void>>();
  private readonly pacer: Pacer;
  private loop: Promise<void> | undefined;
  private running = true;

  constructor(
    private readonly sql: Sql,
    pollMs: number,
    private readonly log: Logger,
  ) {
    this.pacer = new Pacer(pollMs);
  }

  /** Looks again soon: something was appended. */
  refresh(): void {
    this.pacer.wake();
  }

  /** This process itself appended up to here. */
  advance(topicId: number, partition: number, next: bigint): void {
    this.take([{ topic_id: topicId, partition, next_offset: next }]);
  }

  get(topicId: number, partition: number): bigint | undefined {
    return this.next.get(topicId)?.get(partition);
  }

  /** What is known of a topic now. */
  known(topicId: number): ReadonlyMap<number, bigint> {
    return new Map(this.next.get(topicId));
  }

  /** Resolves when `reached` holds, asked after each change of the topic's heads; after `timeoutMs`; or when the signal aborts. */
  waitFor(topicId: number, reached: () => boolean, timeoutMs: number, signal?: AbortSignal): Promise<void> {
    this.loop ??= this.run();
    if (reached() || signal?.aborted || !this.running) return Promise.resolve();
    return new Promise((resolve) => {
      const waiters = this.waiters.get(topicId) ?? new Set();
      this.waiters.set(topicId, waiters);
      const check = () => (reached() || !this.running) && done();
      const done = () => {
        clearTimeout(timer);
        waiters.delete(check);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, timeoutMs);
      waiters.add(check);
      signal?.addEventListener('abort', done, { once: true });
    });
  }

  async close(): Promise<void> {
    this.running = false;
    this.pacer.wake();
    for (const waiters of this.waiters.values()) for (const check of [...waiters]) check();
    await this.loop;
  }

  private async run(): Promise<void> {
    while (this.running) {
      try {
        this.take(await this.sql.query<HeadRow>(`select topic_id, partition, next_offset from $log.log_partitions`));
        await sleep(SHORTEST_PAUSE_MS);
        await this.pacer.wait();
      } catch (error) {
        if (!this.running) break;
        this.log.warn({ err: error }, 'the heads of the log cannot be read, trying again');
        await this.pacer.backOff();
      }
    }
  }

  private take(rows: readonly HeadRow[]): void {
    const changed = new Set<number>();
    for (const { topic_id, partition, next_offset } of rows) {
      const heads = this.next.get(topic_id) ?? new Map<number, bigint>();
      this.next.set(topic_id, heads);
      const next = BigInt(next_offset);
      // Two answers may arrive in the wrong order; heads only grow.
      if (next <= (heads.get(partition) ?? -1n)) continue;
      heads.set(partition, next);
      changed.add(topic_id);
    }
    for (const topicId of changed) for (const check of [...(this.waiters.get(topicId) ?? [])]) check();
  }
}
