import type { TenantCtx } from '../../kernel/context';
import { DomainError, toPublicError } from '../../kernel/errors';
import type { MetricQuery } from '../query/metric-query.input';
import type { LiveEngine } from './live-engine';
import type { LiveEvent, Position } from './live-event';
import type { Subscriber } from './subscriber';

const RETRY_MS = 5_000;

export interface TileProblem {
  code: string;
  message: string;
}

export interface FeedDeps {
  engine: LiveEngine;
  ctx: TenantCtx;
  tileId: string;
  query: MetricQuery;
  /** There is something to take. */
  onReady(): void;
}

/**
 * The live query of one tile. A query that cannot be answered is an event like any other; the feed tries again when the dataset or the
 * dashboard changes, and after a while when it was only out of reach.
 */
export class TileFeed {
  private subscriber: Subscriber | null = null;
  private problem: TileProblem | null = null;
  private reported: string | null = null;
  private unwatch: (() => void) | null = null;
  private timer: NodeJS.Timeout | undefined;
  private opening = false;
  /** Something changed since the last try began, so that its failure may be of yesterday. */
  private changed = false;
  private closed = false;

  constructor(private readonly deps: FeedDeps) {}

  /** Resolves when the feed has an answer or a problem; never rejects. */
  async open(resume: Position | null): Promise<void> {
    const { engine, ctx, query, onReady } = this.deps;
    if (this.opening || this.closed || this.subscriber) return;
    this.opening = true;
    // Watched before joining and as long as the feed lives, so that no change is missed between a failure and the next try.
    this.unwatch ??= engine.watchDataset(ctx.tenantId, query.dataset, () => this.retry());
    do {
      this.changed = false;
      clearTimeout(this.timer);
      try {
        const subscriber = await engine.join(ctx, query, resume, onReady);
        if (this.closed) return subscriber.close();
        this.subscriber = subscriber;
        this.problem = null;
      } catch (error) {
        this.failed(error);
      }
    } while (this.changed && !this.subscriber && !this.closed && !ctx.signal.aborted);
    this.opening = false;
    if (!this.closed) onReady();
  }

  /** The next event or problem; undefined when there is none now. */
  take(): { event: LiveEvent } | { problem: TileProblem } | undefined {
    try {
      const event = this.subscriber?.take();
      if (event) {
        this.reported = null;
        return { event };
      }
    } catch (error) {
      this.subscriber?.close();
      this.subscriber = null;
      this.failed(error);
      if (this.changed) void this.open(null);
    }
    const { problem } = this;
    this.problem = null;
    return problem ? { problem } : undefined;
  }

  /** Tries again if it is in trouble, or as soon as it turns out to be. */
  retry(): void {
    this.changed = true;
    void this.open(null);
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    this.unwatch?.();
    this.unwatch = null;
    this.subscriber?.close();
    this.subscriber = null;
  }

  private failed(error: unknown): void {
    const { ctx } = this.deps;
    if (this.closed || ctx.signal.aborted) return;
    const { code, message, masked } = toPublicError(error, ctx.requestId);
    if (masked) ctx.log.error({ err: error, tile: this.deps.tileId }, 'tile failed');
    const gone = code === 'NOT_FOUND';
    const problem = {
      code,
      message: gone
        ? 'The dataset of this tile is gone. Choose another dataset for the tile, or remove the tile.'
        : message,
    };
    // The same problem again is no news.
    if (this.reported !== code + message) this.problem = problem;
    this.reported = code + message;
    if (!(error instanceof DomainError) || error.status >= 429) this.timer = setTimeout(() => this.retry(), RETRY_MS);
  }
}
