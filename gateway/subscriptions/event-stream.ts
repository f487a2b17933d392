import { GraphQLError, type ExecutionResult } from 'graphql';
import type { OperationResult } from '../operation/types';
import { BoundedQueue } from './bounded-queue';

export interface EventStreamOptions {
  /** Opens the stream of a subgraph; called again after the end when `mayReopen` says so. */
  open(): Promise<AsyncIterableIterator<ExecutionResult>>;
  /** Whether an upstream that has ended is to be opened again: its credential ran out, the client's did not. */
  mayReopen(): boolean;
  /** Fetches what other subgraphs add to an event, and projects. Never rejects. */
  evaluate(event: ExecutionResult): Promise<OperationResult>;
  /** Turns what the upstream threw into what the client sees. */
  failure(thrown: unknown): GraphQLError;
  /** Events kept while the client reads slowly. */
  capacity: number;
  /** Called once, however the stream ends. */
  onEnd(): void;
}

/**
 * The events of one client's subscription. The upstream is drained at its own pace into a bounded queue, and an event is evaluated when the
 * client is ready for it; a client that falls behind by more than the queue is dropped with a code. Written by hand: an async generator would
 * not close an upstream that is silent.
 */
export class EventStream implements AsyncIterableIterator<OperationResult> {
  private readonly queue: BoundedQueue<ExecutionResult>;
  private upstream: AsyncIterableIterator<ExecutionResult> | undefined;
  private closed = false;

  private constructor(private readonly options: EventStreamOptions) {
    this.queue = new BoundedQueue(options.capacity);
  }

  /** Rejects with what the client sees when the upstream cannot be opened. */
  static async open(options: EventStreamOptions): Promise<EventStream> {
    const stream = new EventStream(options);
    try {
      stream.upstream = await options.open();
    } catch (error) {
      throw options.failure(error);
    }
    void stream.pump();
    return stream;
  }

  async next(): Promise<IteratorResult<OperationResult, undefined>> {
    try {
      const { value, done } = await this.queue.next();
      if (done) {
        this.close();
        return { value: undefined, done: true };
      }
      return { value: await this.options.evaluate(value), done: false };
    } catch (error) {
      this.close();
      throw error;
    }
  }

  async return(): Promise<IteratorResult<OperationResult, undefined>> {
    this.queue.clear();
    this.close();
    return { value: undefined, done: true };
  }

  /** Ends the stream with an error that the client sees. */
  fail(error: GraphQLError): void {
    this.queue.fail(error);
    this.close();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  private async pump(): Promise<void> {
    for (;;) {
      try {
        const finished = await this.drain();
        if (this.closed) return;
        if (!finished || !this.options.mayReopen()) return this.queue.end();
        this.upstream = await this.options.open();
        // The client may have left while the upstream was being opened.
        if (this.closed) return void (await this.upstream.return?.());
      } catch (error) {
        if (this.closed) return;
        if (!this.options.mayReopen()) return this.fail(this.options.failure(error));
        try {
          this.upstream = await this.options.open();
          if (this.closed) return void (await this.upstream.return?.());
        } catch (again) {
          return this.fail(this.options.failure(again));
        }
      }
    }
  }

  /** True when the upstream has ended by itself. */
  private async drain(): Promise<boolean> {
    const upstream = this.upstream!;
    for (;;) {
      const result: IteratorResult<ExecutionResult, undefined> = await upstream.next();
      if (this.closed) return false;
      if (result.done) return true;
      if (!this.queue.push(result.value)) {
        this.fail(tooSlow());
        return false;
      }
    }
  }

  private close(): void {
    if (this.closed) return;
    this.closed = true;
    this.options.onEnd();
    // An upstream's own trouble while it ends concerns nobody any more.
    void Promise.resolve(this.upstream?.return?.()).catch(() => undefined);
  }
}

const tooSlow = (): GraphQLError =>
  new GraphQLError('This client reads more slowly than events arrive. Subscribe again to go on from now.', {
    extensions: { code: 'RATE_LIMITED' },
  });
