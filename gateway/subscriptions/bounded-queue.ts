/** Items between one producer and one consumer. It never holds more than its capacity: the producer is told and decides. */
export class BoundedQueue<T> {
  private readonly items: T[] = [];
  private waiting: { resolve(result: IteratorResult<T, undefined>): void; reject(error: unknown): void } | undefined;
  private ended = false;
  private failure: { error: unknown } | undefined;

  constructor(private readonly capacity: number) {}

  get size(): number {
    return this.items.length;
  }

  /** False when the queue is full or has ended: the item was not taken. */
  push(item: T): boolean {
    if (this.ended) return false;
    if (this.waiting) {
      this.waiting.resolve({ value: item, done: false });
      this.waiting = undefined;
      return true;
    }
    if (this.items.length >= this.capacity) return false;
    this.items.push(item);
    return true;
  }

  /** No more items; those that are queued are still handed out. */
  end(): void {
    this.ended = true;
    this.waiting?.resolve({ value: undefined, done: true });
    this.waiting = undefined;
  }

  /** Forgets what is queued and fails the consumer's next step. */
  fail(error: unknown): void {
    if (this.ended) return;
    this.ended = true;
    this.items.length = 0;
    if (this.waiting) this.waiting.reject(error);
    else this.failure = { error };
    this.waiting = undefined;
  }

  /** Forgets what is queued and ends. */
  clear(): void {
    this.items.length = 0;
    this.failure = undefined;
    this.end();
  }

  /** One consumer at a time. */
  next(): Promise<IteratorResult<T, undefined>> {
    if (this.failure) {
      const { error } = this.failure;
      this.failure = undefined;
      return Promise.reject(error as Error);
    }
    const item = this.items.shift();
    if (item !== undefined) return Promise.resolve({ value: item, done: false });
    if (this.ended) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
    });
  }
}
