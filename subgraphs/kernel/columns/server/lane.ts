import { exception } from './exception';

interface Waiter<T> {
  resolve(value: T): void;
  reject(reason: unknown): void;
}

/** A fixed number of engine sessions handed out one query each, with a bounded queue in front. */
export class Lane<T> {
  private readonly free: T[];
  private readonly waiting: Waiter<T>[] = [];

  constructor(
    readonly name: string,
    sessions: readonly T[],
    private readonly maxQueued: number,
  ) {
    this.free = [...sessions];
  }

  /** Waits for a session. Refuses at once when the queue is full; rejects when the signal aborts before its turn. */
  async take(signal: AbortSignal): Promise<T> {
    const session = this.free.pop();
    if (session) return session;
    if (this.waiting.length >= this.maxQueued)
      throw exception('TOO_MANY_SIMULTANEOUS_QUERIES', `Too many simultaneous queries in the ${this.name} lane.`);
    return new Promise<T>((resolve, reject) => {
      const waiter: Waiter<T> = {
        resolve: (value) => {
          signal.removeEventListener('abort', onAbort);
          resolve(value);
        },
        reject,
      };
      const onAbort = () => {
        const index = this.waiting.indexOf(waiter);
        if (index >= 0) this.waiting.splice(index, 1);
        reject(exception('QUERY_WAS_CANCELLED', 'Query was cancelled.'));
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.waiting.push(waiter);
    });
  }

  give(session: T): void {
    const waiter = this.waiting.shift();
    if (waiter) waiter.resolve(session);
    else this.free.push(session);
  }

  get queued(): number {
    return this.waiting.length;
  }
}
