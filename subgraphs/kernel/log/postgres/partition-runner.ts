import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../../logger';
import { StaleEpochError, type Assignment, type ConsumerOptions, type StoredRecord } from '../log';
import type { Gate } from '../gate';

const WAIT_MS = 30_000;
const FIRST_BACK_OFF_MS = 100;
const LONGEST_BACK_OFF_MS = 10_000;

export interface RunnerDeps {
  assignment: Assignment;
  /** Offset to begin with. */
  committed: bigint;
  options: Pick<ConsumerOptions, 'handle' | 'maxRecords' | 'maxWaitMs'>;
  /** Closed while the consumer is paused. */
  gate: Gate;
  /** How far the partition reaches, as far as known. */
  head(): bigint | undefined;
  waitFor(reached: () => boolean, timeoutMs: number, signal: AbortSignal): Promise<void>;
  read(from: bigint, limit: number): Promise<StoredRecord[]>;
  /** False when the partition is no longer ours. */
  commit(offset: bigint): Promise<boolean>;
  log: Logger;
}

/** Delivers one partition: a batch at a time, one in memory, the next only after the handler is done with it. */
export class PartitionRunner {
  private readonly stopping = new AbortController();
  private readonly abort = new AbortController();
  private committed: bigint;
  private position: bigint;
  private failures = 0;
  private readonly done: Promise<void>;

  constructor(private readonly deps: RunnerDeps) {
    this.committed = this.position = deps.committed;
    this.done = this.run();
  }

  get assignment(): Assignment {
    return this.deps.assignment;
  }

  /** Ends after the batch in hand; its signal aborts after `graceMs`, and after as long again it is given up. Answers whether it ended. */
  async drain(graceMs: number): Promise<boolean> {
    this.stopping.abort();
    if (await this.endsWithin(graceMs)) return true;
    this.abort.abort(new Error('the partition is handed over'));
    return this.endsWithin(graceMs);
  }

  /** Somebody else has the partition: nothing more of it is delivered, and what is in hand is aborted. */
  lose(): void {
    this.stopping.abort();
    this.abort.abort(new StaleEpochError(this.assignment));
  }

  private async endsWithin(milliseconds: number): Promise<boolean> {
    const timer = new AbortController();
    const late = sleep(milliseconds, false, { signal: timer.signal }).catch(() => false);
    const ended = await Promise.race([this.done.then(() => true), late]);
    timer.abort();
    return ended;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        await this.step(signal);
        this.failures = 0;
      } catch (error) {
        if (this.abort.signal.aborted) break;
        this.deps.log.warn(
          { err: error, ...this.assignment, attempt: this.failures + 1 },
          'batch failed, trying again',
        );
        this.position = this.committed;
        await this.backOff(signal);
      }
    }
  }

  private async step(signal: AbortSignal): Promise<void> {
    const { gate, options, waitFor, read, head } = this.deps;
    const limit = options.maxRecords ?? 500;
    const reaches = (count: number) => () => (head() ?? -1n) >= this.position + BigInt(count);

    await gate.opened(signal);
    await waitFor(reaches(1), WAIT_MS, signal);
    if (signal.aborted || !reaches(1)()) return;
    if (options.maxWaitMs) await waitFor(reaches(limit), options.maxWaitMs, signal);
    await gate.opened(signal); // it may have closed in the meantime
    if (signal.aborted) return;
    const end = head()!;
    const records = await read(this.position, limit);
    if (signal.aborted) return;
    if (records.length === 0) {
      this.position = end; // what was there has been removed by retention
      return;
    }
    if (records[0]!.offset > this.position) {
      this.deps.log.warn(
        { ...this.assignment, from: String(this.position) },
        'records were removed before they were read',
      );
    }
    const nextOffset = records.at(-1)!.offset + 1n;
    await options.handle({
      assignment: this.assignment,
      records,
      nextOffset,
      signal: this.abort.signal,
      commit: (offset) => this.commit(offset),
    });
    this.position = nextOffset;
  }

  private async commit(offset: bigint): Promise<void> {
    if (this.abort.signal.aborted || !(await this.deps.commit(offset))) {
      this.lose();
      throw new StaleEpochError(this.assignment);
    }
    if (offset > this.committed) this.committed = offset;
  }

  private async backOff(signal: AbortSignal): Promise<void> {
    const ceiling = Math.min(FIRST_BACK_OFF_MS * 2 ** this.failures++, LONGEST_BACK_OFF_MS);
    await sleep(ceiling / 2 + Math.random() * (ceiling / 2), undefined, { signal }).catch(() => undefined);
  }
}
