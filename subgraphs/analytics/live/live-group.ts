import { isDeepStrictEqual } from 'node:util';
import { DomainError, type ErrorCode } from '../../kernel/errors';
import type { Logger } from '../../kernel/logger';
import type { MetricResult } from '../query/answer-query';
import { History } from './history';
import { diffRows, keyed, mergeDeltas, rowsInOrder, type KeyedRows } from './keyed-rows';
import { LiveEventKind, type LiveEvent, type Position } from './live-event';
import { Subscriber, type LiveSource } from './subscriber';

/** What a group needs of the world. */
export interface GroupHost {
  evaluate(signal: AbortSignal): Promise<MetricResult>;
  /** Milliseconds until the answer may change by itself; null: never. */
  untilStep(): number | null;
  now(): number;
  /** Evaluations of one group are so far apart at least. */
  coalesceMs: number;
  /** How long a group without readers is kept for those who come back. */
  lingerMs: number;
  onDatasets(datasets: readonly string[]): void;
  onEmpty(): void;
  log: Logger;
}

interface State {
  result: MetricResult;
  rows: KeyedRows;
}

/** Trying again will not help: readers are told. */
const FINAL: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'NOT_FOUND',
  'UNKNOWN_MEASURE',
  'UNKNOWN_DIMENSION',
  'UNKNOWN_FIELD',
  'INVALID_INPUT',
  'FORBIDDEN',
  'QUERY_TOO_COMPLEX',
  'QUERY_TOO_EXPENSIVE',
]);
const LONGEST_BACK_OFF_MS = 30_000;
const FIRST_BACK_OFF_MS = 500;
/** Failures in a row after which what readers hold counts as stale. */
const STALE_AFTER = 3;

/**
 * All readers of one query with one set of rights. However many they are, the query is evaluated once per change; while there are none it
 * is not evaluated at all.
 */
export class LiveGroup implements LiveSource {
  private readonly subscribers = new Set<Subscriber>();
  private readonly history = new History();
  private readonly controller = new AbortController();
  private state: State | null = null;
  /** The data changed since the last evaluation began. */
  private dirty = true;
  private evaluation: Promise<void> | null = null;
  private lastStart = -Infinity;
  private failures = 0;
  private validUntil = Infinity;
  private timer: NodeJS.Timeout | undefined;
  private linger: NodeJS.Timeout | undefined;

  constructor(private readonly host: GroupHost) {}

  get size(): number {
    return this.subscribers.size;
  }

  /** Adds a reader, which starts when the group has an answer. Throws what the first evaluation throws, and the signal's reason. */
  async join(resume: Position | null, onReady: () => void, signal: AbortSignal): Promise<Subscriber> {
    // The signal of a reader that left has fired already and would never take it out again.
    signal.throwIfAborted();
    clearTimeout(this.linger);
    const wasIdle = this.subscribers.size === 0;
    const subscriber = new Subscriber(this, onReady);
    this.subscribers.add(subscriber);
    try {
      // A group at work brings its newcomers up to date by itself; one that slept may hold an old answer.
      if (!this.state || (wasIdle && this.isStale())) await orAborted(this.evaluateNow(), signal);
      else if (wasIdle) this.scheduleStep();
    } catch (error) {
      subscriber.close();
      throw error;
    }
    subscriber.begin(resume);
    return subscriber;
  }

  /** The data behind it changed. */
  changed(): void {
    this.dirty = true;
    this.schedule();
  }

  leave(subscriber: Subscriber): void {
    if (!this.subscribers.delete(subscriber) || this.subscribers.size > 0) return;
    clearTimeout(this.timer);
    this.timer = undefined;
    this.linger = setTimeout(() => this.host.onEmpty(), this.host.lingerMs);
    this.linger.unref();
  }

  snapshot(kind: LiveEventKind): LiveEvent {
    const { result, rows } = this.state!;
    return this.event(kind, { columns: result.columns, rows: rowsInOrder(rows), removed: [], order: null });
  }

  since(position: Position): LiveEvent | null {
    const deltas = this.history.since(position);
    if (!deltas) return null;
    const nothing = { rows: [], removed: [], order: null };
    const delta = deltas.length === 0 ? nothing : mergeDeltas(deltas, this.state!.rows);
    return this.event(LiveEventKind.DELTA, { columns: null, ...delta });
  }

  /** Ends everything, readers included. */
  close(error?: Error): void {
    clearTimeout(this.timer);
    clearTimeout(this.linger);
    this.controller.abort();
    for (const subscriber of [...this.subscribers]) {
      if (error) subscriber.fail(error);
      else subscriber.close();
    }
  }

  private isStale(): boolean {
    return this.dirty || this.host.now() >= this.validUntil;
  }

  private event(kind: LiveEventKind, content: Pick<LiveEvent, 'columns' | 'rows' | 'removed' | 'order'>): LiveEvent {
    const { receipt, truncated } = this.state!.result;
    return { kind, ...content, truncated, receipt, position: this.history.position };
  }

  private schedule(delay = 0): void {
    if (this.subscribers.size === 0 || this.evaluation || !this.state) return;
    const earliest = this.lastStart + this.host.coalesceMs - performance.now();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.evaluateNow().catch(() => undefined), Math.max(delay, earliest, 0));
  }

  private scheduleStep(): void {
    if (this.validUntil === Infinity) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.changed(), Math.max(0, this.validUntil - this.host.now()) + 1);
  }

  /** Joins the evaluation under way, if any; its error is the caller's too. */
  private evaluateNow(): Promise<void> {
    this.evaluation ??= this.evaluate().finally(() => {
      this.evaluation = null;
      if (this.subscribers.size === 0) return;
      if (this.dirty) this.schedule(this.backOff());
      else this.scheduleStep();
    });
    return this.evaluation;
  }

  private async evaluate(): Promise<void> {
    clearTimeout(this.timer);
    this.dirty = false;
    this.lastStart = performance.now();
    const until = this.host.untilStep();
    const validUntil = until === null ? Infinity : this.host.now() + until;
    try {
      const result = await this.host.evaluate(this.controller.signal);
      this.failures = 0;
      this.validUntil = validUntil;
      this.apply(result);
    } catch (error) {
      this.dirty = true;
      this.failures++;
      this.failed(error as Error);
      throw error;
    }
  }

  private failed(error: Error): void {
    if (this.controller.signal.aborted) return;
    if (error instanceof DomainError && FINAL.has(error.code)) {
      for (const subscriber of [...this.subscribers]) subscriber.fail(error);
      this.state = null;
      this.history.restart();
    } else if (this.state) {
      this.host.log.warn({ err: error, failures: this.failures }, 'live query failed, trying again');
      if (this.failures === STALE_AFTER) this.tellStale(true);
    }
  }

  /** Readers keep their rows and learn from the receipt whether newer ones are wanting. */
  private tellStale(stale: boolean): void {
    const state = this.state!;
    this.state = { ...state, result: { ...state.result, receipt: { ...state.result.receipt, stale } } };
    const event = this.event(LiveEventKind.DELTA, { columns: null, rows: [], removed: [], order: null });
    for (const subscriber of [...this.subscribers]) subscriber.push(event);
  }

  private backOff(): number {
    return this.failures === 0 ? 0 : Math.min(FIRST_BACK_OFF_MS * 2 ** (this.failures - 1), LONGEST_BACK_OFF_MS);
  }

  private apply(result: MetricResult): void {
    const before = this.state;
    const rows = keyed(result.rows);
    this.state = { result, rows };
    this.host.onDatasets(result.datasets);
    if (!before) return;
    if (!isDeepStrictEqual(before.result.columns, result.columns) || before.result.truncated !== result.truncated) {
      this.history.restart();
      for (const subscriber of [...this.subscribers]) subscriber.reset();
      return;
    }
    const delta = diffRows(before.rows, rows);
    if (!delta) {
      if (before.result.receipt.stale) this.tellStale(false);
      return;
    }
    this.history.add(delta);
    const event = this.event(LiveEventKind.DELTA, { columns: null, ...delta });
    for (const subscriber of [...this.subscribers]) subscriber.push(event);
  }
}

/** A caller that goes away does not wait; the work goes on for the others. */
async function orAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason as Error);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  try {
    await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
