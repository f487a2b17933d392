import { LiveEventKind, type LiveEvent, type Position } from './live-event';

/** Events that wait for a slow reader; with more it is caught up by a snapshot. */
const MOST_WAITING = 16;

/** What a subscriber needs of its group. */
export interface LiveSource {
  snapshot(kind: LiveEventKind): LiveEvent;
  /** What the reader at this position has missed; null when only a snapshot can tell. */
  since(position: Position): LiveEvent | null;
  leave(subscriber: Subscriber): void;
}

/**
 * One reader of a group. Holds at most a few events: a reader that does not keep up gets the newest snapshot instead of a growing queue.
 */
export class Subscriber {
  private readonly queue: LiveEvent[] = [];
  /** The next thing to hand out is a snapshot of that moment. */
  private due: LiveEventKind | null = null;
  private begun = false;
  private failure: Error | null = null;
  private closed = false;

  /** @param onReady called when something may be taken, perhaps more often than that. */
  constructor(
    private readonly source: LiveSource,
    private readonly onReady: () => void,
  ) {}

  /** Starts with what was missed since `resume`, or with a snapshot. */
  begin(resume: Position | null): void {
    const missed = resume && this.source.since(resume);
    if (missed) this.queue.push(missed);
    else this.due = resume ? LiveEventKind.RESET : LiveEventKind.SNAPSHOT;
    this.begun = true;
    this.onReady();
  }

  push(event: LiveEvent): void {
    if (!this.begun || this.closed || this.due) return;
    this.queue.push(event);
    if (this.queue.length > MOST_WAITING) this.reset();
    this.onReady();
  }

  /** What waits is worth nothing any more: the reader has to start from the newest snapshot. */
  reset(): void {
    if (!this.begun || this.closed) return;
    this.queue.length = 0;
    this.due ??= LiveEventKind.RESET;
    this.onReady();
  }

  /** Ends with an error, after what waits has been read. */
  fail(error: Error): void {
    this.failure ??= error;
    this.onReady();
  }

  /** The next event; undefined when there is none now. Throws what the subscriber failed with. */
  take(): LiveEvent | undefined {
    if (this.closed) return undefined;
    const event = this.queue.shift();
    if (event) return event;
    if (this.failure) throw this.failure;
    if (!this.due) return undefined;
    const kind = this.due;
    this.due = null;
    return this.source.snapshot(kind);
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.queue.length = 0;
    this.source.leave(this);
  }
}
