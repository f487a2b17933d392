/** A record to append. The tenant is part of every record; tenant and key decide the partition. */
export interface LogRecord {
  /** A UUID. */
  tenantId: string;
  key: string;
  /** JSON value; with key and headers at most `MAX_RECORD_BYTES` as text, else PAYLOAD_TOO_LARGE. */
  value: unknown;
  headers?: Readonly<Record<string, string>>;
}

/** A record as read: offsets are dense (n, n+1, n+2 …) within a partition and follow commit order. */
export interface StoredRecord extends LogRecord {
  topic: string;
  partition: number;
  offset: bigint;
  timestamp: Date;
}

export interface TopicOptions {
  partitions: number;
  /** Records older than this are removed in time, whether a group has consumed them or not; null keeps them for ever. */
  retentionMs: number | null;
}

/**
 * What a consumer owns after a rebalance. `epoch` grows each time the partition changes hands (also to the same member after it was lost);
 * work of an older epoch must be refused by the sink.
 */
export interface Assignment {
  topic: string;
  partition: number;
  epoch: number;
}

export interface ConsumedBatch {
  assignment: Assignment;
  /** In offset order, never empty, of one partition. */
  records: readonly StoredRecord[];
  /** Offset of the record after the last one in this batch. */
  nextOffset: bigint;
  /** Aborted when the partition is lost, or when a batch is still in hand some seconds after a hand-over or a stop began. */
  signal: AbortSignal;
  /** Marks everything before `offset` as done. Throws `StaleEpochError` when the partition has another owner by now. */
  commit(offset: bigint): Promise<void>;
}

export interface ConsumerOptions {
  /** Name of the group: each record of a topic goes to one member of each group, at least once. */
  group: string;
  topic: string;
  maxRecords?: number;
  /** How long to wait for a fuller batch, milliseconds. */
  maxWaitMs?: number;
  /** Where a new group begins. */
  from?: 'earliest' | 'latest';
  onAssigned?(assignments: readonly Assignment[]): Promise<void> | void;
  onRevoked?(assignments: readonly Assignment[]): Promise<void> | void;
  /** Called for one batch per partition at a time. A throw is retried with back-off from the last commit. */
  handle(batch: ConsumedBatch): Promise<void>;
}

export interface Consumer {
  /** Records not yet committed, per partition. */
  lag(): Promise<ReadonlyMap<number, bigint>>;
  pause(): void;
  resume(): void;
  /** Finishes the batches in hand, then leaves the group. */
  stop(): Promise<void>;
}

/** The durable, partitioned, ordered log. */
export interface EventLog {
  /** Creates the topic if it is not there; never shrinks one. */
  ensureTopic(topic: string, options: TopicOptions): Promise<void>;
  /** Appends all or nothing per partition; resolves when durable, with the position of each record in the order given. */
  append(
    topic: string,
    records: readonly LogRecord[],
    signal?: AbortSignal,
  ): Promise<{ partition: number; offset: bigint }[]>;
  consume(options: ConsumerOptions): Promise<Consumer>;
  /** Reads a range of a partition without any group, e.g. for exact replay or a process that reads a topic whole. `from` inclusive, at most `limit` records. */
  read(topic: string, partition: number, from: bigint, limit: number, signal?: AbortSignal): Promise<StoredRecord[]>;
  /** First and next offset per partition. */
  bounds(topic: string): Promise<ReadonlyMap<number, { first: bigint; next: bigint }>>;
  partitions(topic: string): Promise<number>;
  /**
   * Resolves when something was appended to the topic, or after `timeoutMs`; for readers without a group. With `positions` (the offset
   * read next, per partition) it resolves at once when there is something beyond them, so that nothing falls between reading and waiting.
   */
  waitForAppend(
    topic: string,
    timeoutMs: number,
    signal?: AbortSignal,
    positions?: ReadonlyMap<number, bigint>,
  ): Promise<void>;
  close(): Promise<void>;
}

export class StaleEpochError extends Error {
  override readonly name = 'StaleEpochError';

  constructor(assignment: Assignment) {
    super(`partition ${assignment.partition} of ${assignment.topic} is no longer ours (epoch ${assignment.epoch})`);
  }
}

/** Largest record, as JSON text. */
export const MAX_RECORD_BYTES = 4 * 1024 * 1024;

/** The topics of the product and their shape. Each has a dead-letter topic `<topic>.dead`. */
export const TOPICS = {
  rawEvents: { name: 'raw-events', partitions: 12 },
  processedEvents: { name: 'processed-events', partitions: 6 },
  domainEvents: { name: 'domain-events', partitions: 6 },
  auditEvents: { name: 'audit-events', partitions: 6 },
} as const;
