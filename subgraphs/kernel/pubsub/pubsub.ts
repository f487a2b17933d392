/**
 * Small signals between processes: revocation, invalidation, live fan-out. At most once, no history: a subscriber that was away
 * must rebuild from a durable source, so every adapter reports when it may have missed something (`onGap`).
 */
export interface PubSub {
  /** Publishes a JSON value of at most 8,000 bytes. Resolves when the transport has taken it. */
  publish<T>(channel: Channel, message: T): Promise<void>;
  subscribe<T>(channel: Channel, listener: (message: T) => void, onGap?: () => void): Promise<Unsubscribe>;
  close(): Promise<void>;
}

/** A channel names its tenant; `null` is for signals of the platform itself (e.g. key rotation). */
export interface Channel {
  tenantId: string | null;
  topic: string;
}

export type Unsubscribe = () => Promise<void>;
