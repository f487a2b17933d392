import type { Logger } from '../logger';
import { MAX_PENDING } from './pubsub';

type Listener = (message: never) => void | Promise<void>;

/** What waits for a subscriber: a message's text, or word that messages were lost. */
type Pending = { text: string } | 'gap';

/** One subscriber and its bounded queue. Calls its listener one message at a time and survives whatever that throws. */
export class Subscriber {
  private pending: Pending[] = [];
  private running = false;
  private closed = false;

  constructor(
    private readonly listener: Listener,
    private readonly onGap: (() => void | Promise<void>) | undefined,
    private readonly log: Logger,
  ) {}

  deliver(text: string): void {
    if (this.closed) return;
    if (this.pending.length >= MAX_PENDING) {
      this.log.warn({ lost: this.pending.length }, 'a subscriber fell behind and lost its signals');
      this.gap();
      return;
    }
    this.enqueue({ text });
  }

  /** What waits is dropped: the subscriber rebuilds, which covers it. */
  gap(): void {
    if (this.closed) return;
    this.pending = [];
    this.enqueue('gap');
  }

  close(): void {
    this.closed = true;
    this.pending = [];
  }

  private enqueue(entry: Pending): void {
    this.pending.push(entry);
    if (this.running) return;
    this.running = true;
    void this.run();
  }

  private async run(): Promise<void> {
    await Promise.resolve(); // a publisher never runs its listeners on its own stack
    for (let next = this.pending.shift(); next !== undefined; next = this.pending.shift()) {
      try {
        // Parsed for each subscriber: none can change what another one sees.
        const result = next === 'gap' ? this.onGap?.() : this.listener(JSON.parse(next.text) as never);
        if (result) await result;
      } catch (error) {
        this.log.error({ err: error }, 'a listener of signals failed');
      }
    }
    this.running = false;
  }
}

/** All subscribers of one process, by channel. */
export class Subscribers {
  private readonly channels = new Map<string, Set<Subscriber>>();

  constructor(private readonly log: Logger) {}

  /** `remove` answers whether the channel has nobody left. */
  add(channel: string, listener: Listener, onGap?: () => void | Promise<void>): { remove(): boolean } {
    const subscriber = new Subscriber(listener, onGap, this.log);
    const present = this.channels.get(channel) ?? new Set();
    present.add(subscriber);
    this.channels.set(channel, present);
    return {
      remove: () => {
        subscriber.close();
        const removed = present.delete(subscriber);
        if (!removed || present.size > 0 || this.channels.get(channel) !== present) return false;
        return this.channels.delete(channel);
      },
    };
  }

  names(): string[] {
    return [...this.channels.keys()];
  }

  deliver(channel: string, text: string): void {
    this.channels.get(channel)?.forEach((subscriber) => subscriber.deliver(text));
  }

  gap(): void {
    for (const subscribers of this.channels.values()) subscribers.forEach((subscriber) => subscriber.gap());
  }

  close(): void {
    for (const subscribers of this.channels.values()) subscribers.forEach((subscriber) => subscriber.close());
    this.channels.clear();
  }
}
