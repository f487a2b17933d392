import type { Admin, Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import { newId } from '../../ids';
import type { StoredRecord } from '../log';
import { MAX_BATCH_BYTES, toRecord } from './messages';

const TIMEOUT_MS = 30_000;

interface Job {
  next: bigint;
  end: bigint;
  records: StoredRecord[];
  resolve(records: StoredRecord[]): void;
  reject(error: Error): void;
}

/**
 * Reads ranges of one topic. kafkajs cannot assign partitions without a group, so this is the only member of a group of its own, with all
 * partitions paused but those that are being read; it commits nothing.
 */
export class RangeReader {
  private readonly groupId: string;
  private readonly consumer: Consumer;
  private readonly jobs = new Map<number, Job>();
  private readonly turns = new Map<number, Promise<unknown>>();
  private assigned: readonly number[] = [];

  private constructor(
    kafka: Kafka,
    private readonly admin: Admin,
    private readonly topic: string,
  ) {
    this.groupId = `reader.${topic}.${newId()}`;
    this.consumer = kafka.consumer({
      groupId: this.groupId,
      maxBytesPerPartition: MAX_BATCH_BYTES,
      maxWaitTimeInMs: 100,
    });
  }

  static async open(kafka: Kafka, admin: Admin, topic: string): Promise<RangeReader> {
    const reader = new RangeReader(kafka, admin, topic);
    const { consumer } = reader;
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    const joined = new Promise<void>((resolve) => {
      consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
        reader.begin(payload.memberAssignment[topic] ?? []);
        resolve();
      });
    });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: 32,
      eachBatch: (payload) => reader.take(payload),
    });
    await joined;
    return reader;
  }

  /** The range `[from, end)`, which must be there. One read of a partition at a time. */
  read(partition: number, from: bigint, end: bigint, signal?: AbortSignal): Promise<StoredRecord[]> {
    const before = this.turns.get(partition) ?? Promise.resolve();
    const turn = before.catch(() => undefined).then(() => this.run(partition, from, end, signal));
    this.turns.set(partition, turn);
    return turn;
  }

  async close(): Promise<void> {
    for (const { reject } of this.jobs.values()) reject(new Error('the log is closed'));
    await this.consumer.disconnect();
    await this.admin.deleteGroups([this.groupId]).catch(() => undefined); // else Kafka forgets it in time
  }

  private run(partition: number, from: bigint, end: bigint, signal?: AbortSignal): Promise<StoredRecord[]> {
    signal?.throwIfAborted();
    return new Promise<StoredRecord[]>((resolve, reject) => {
      const abort = () => reject(signal?.reason as Error);
      const late = setTimeout(
        () => reject(new Error(`reading ${this.topic} took longer than ${TIMEOUT_MS} ms`)),
        TIMEOUT_MS,
      );
      signal?.addEventListener('abort', abort, { once: true });
      const finish = () => {
        clearTimeout(late);
        signal?.removeEventListener('abort', abort);
      };
      this.jobs.set(partition, {
        next: from,
        end,
        records: [],
        resolve: (records) => (finish(), resolve(records)),
        reject: (error) => (finish(), reject(error)),
      });
      this.point(partition, from);
    }).finally(() => {
      this.jobs.delete(partition);
      this.consumer.pause([{ topic: this.topic, partitions: [partition] }]);
    });
  }

  private point(partition: number, offset: bigint): void {
    this.consumer.seek({ topic: this.topic, partition, offset: String(offset) });
    this.consumer.resume([{ topic: this.topic, partitions: [partition] }]);
  }

  /** After a join everything stands at the beginning again. */
  private begin(partitions: readonly number[]): void {
    this.assigned = partitions;
    const idle = this.assigned.filter((partition) => !this.jobs.has(partition));
    this.consumer.pause([{ topic: this.topic, partitions: idle }]);
    for (const [partition, job] of this.jobs) this.point(partition, job.next);
  }

  private async take({ batch, resolveOffset, heartbeat, isStale }: EachBatchPayload): Promise<void> {
    const job = this.jobs.get(batch.partition);
    if (!job || isStale()) return;
    for (const message of batch.messages) {
      const offset = BigInt(message.offset);
      if (offset < job.next || offset >= job.end) continue;
      job.records.push(toRecord(batch.topic, batch.partition, message));
      job.next = offset + 1n;
    }
    resolveOffset(batch.lastOffset());
    if (job.next >= job.end) job.resolve(job.records);
    await heartbeat();
  }
}
