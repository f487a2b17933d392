/**
 * Small signals between processes: revocation, invalidation, live fan-out. At most once, no history: a subscriber that was away
 * must rebuild from a durable source, so every adapter reports when it may have missed something (`onGap`).
 */
export interface PubSub {
  /**
   * Publishes a JSON value of at most `MAX_MESSAGE_BYTES`; more is PAYLOAD_TOO_LARGE: send a reference instead. Resolves when the
   * transport has taken it, or throws UNAVAILABLE.
   */
  publish<T>(channel: Channel, message: T): Promise<void>;
  /**
   * Resolves when messages published from now on will arrive, in order, in every process. A listener that answers a promise is not
   * called again before it has settled; one that throws is logged and hurts nobody else. A subscriber that falls behind by
   * `MAX_PENDING` messages loses them and gets `onGap`, as after a broken connection.
   */
  subscribe<T>(
    channel: Channel,
    listener: (message: T) => void | Promise<void>,
    onGap?: () => void | Promise<void>,
  ): Promise<Unsubscribe>;
  close(): Promise<void>;
}

/** A channel names its tenant; `null` is for signals of the platform itself (e.g. key rotation). */
export interface Channel {
  tenantId: string | null;
  topic: string;
}

export type Unsubscribe = () => Promise<void>;

/** PostgreSQL takes less than 8,000 bytes in a notification; the same limit holds for all adapters. */
export const MAX_MESSAGE_BYTES = 7_999;

/** Messages that may wait for one slow subscriber. */
export const MAX_PENDING = 1_000;
