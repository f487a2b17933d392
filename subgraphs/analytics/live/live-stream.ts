/**
 * An async iterator over something that is asked for its next value and says when there may be one. Hand-written, so that `return` ends it at
 * once even while it waits. One value is handed out at a time: what is not asked for stays with the source, which is bounded.
 */
export class LiveStream<T> implements AsyncIterableIterator<T> {
  private waiting: { resolve(result: IteratorResult<T>): void; reject(error: unknown): void } | null = null;
  private done = false;
  private readonly abort = () => this.end();

  /**
   * @param take the next value; undefined when there is none now; `null` at the end. May throw, which ends the stream.
   * @param close called once, whichever way it ends.
   */
  constructor(
    private readonly signal: AbortSignal,
    private readonly take: () => T | undefined | null,
    private readonly close: () => void,
  ) {
    signal.addEventListener('abort', this.abort, { once: true });
    if (signal.aborted) this.end();
  }

  /** The source may have something. */
  wake(): void {
    const { waiting } = this;
    if (!waiting || this.done) return;
    this.waiting = null;
    this.next().then(waiting.resolve, waiting.reject);
  }

  next(): Promise<IteratorResult<T>> {
    if (this.done) return Promise.resolve({ value: undefined, done: true });
    if (this.waiting) return Promise.reject(new Error('one at a time'));
    try {
      const value = this.take();
      if (value === null) this.end();
      else if (value !== undefined) return Promise.resolve({ value, done: false });
    } catch (error) {
      this.end();
      return Promise.reject(error as Error);
    }
    if (this.done) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve, reject) => (this.waiting = { resolve, reject }));
  }

  return(): Promise<IteratorResult<T>> {
    this.end();
    return Promise.resolve({ value: undefined, done: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  private end(): void {
    if (this.done) return;
    this.done = true;
    this.signal.removeEventListener('abort', this.abort);
    this.waiting?.resolve({ value: undefined, done: true });
    this.waiting = null;
    this.close();
  }
}
