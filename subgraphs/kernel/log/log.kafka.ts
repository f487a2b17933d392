import { systemClock, type Clock } from '../clock';
import type { Logger } from '../logger';
import { AppendQueue } from './append-queue';
import type { EventLog } from './log';
import { KafkaConnection } from './kafka/connection';
import { GroupConsumer, type KafkaGroupTimes } from './kafka/group-consumer';
import { sendRows } from './kafka/messages';
import { RangeReader } from './kafka/range-reader';
import { boundsOf, ensureTopic, partitionsOf, type Bounds } from './kafka/topics';
import { waitForAppend } from './kafka/wait-for-append';

const PARTITIONS_KEPT_MS = 30_000;

export interface KafkaLogOptions extends Partial<KafkaGroupTimes> {
  /** `host:port` each. */
  brokers: readonly string[];
  log: Logger;
  clientId?: string;
  /** Default: the broker's. */
  replicationFactor?: number;
  clock?: Clock;
  /** How often a waiting reader without a group asks for news, milliseconds. */
  pollMs?: number;
}

/**
 * The log on Kafka. Groups keep their epoch (Kafka's generation) for as long as Kafka keeps the group: do not delete a group whose epoch
 * a ledger knows. Connects at first use; UNAVAILABLE when no broker answers.
 */
export function createKafkaLog(options: KafkaLogOptions): EventLog {
  const { brokers, log, clientId = 'datairis', replicationFactor = -1, clock = systemClock, pollMs = 100 } = options;
  const { heartbeatMs = 2_000, sessionMs = 15_000, handOverMs = 30_000, drainMs = 5_000 } = options;
  const connection = new KafkaConnection({ brokers, clientId, log });
  const queues = new Map<string, AppendQueue>();
  const readers = new Map<string, Promise<RangeReader>>();
  const consumers = new Set<GroupConsumer>();
  const shapes = new Map<string, { partitions: number; until: number }>();
  const closed = new AbortController();
  let closing: Promise<void> | undefined;
  const open = (): void => {
    if (closing) throw new Error('the log is closed');
  };

  async function partitions(topic: string): Promise<number> {
    const known = shapes.get(topic);
    if (known && known.until > Date.now()) return known.partitions;
    const { admin } = await connection.get();
    const count = await partitionsOf(admin, topic);
    shapes.set(topic, { partitions: count, until: Date.now() + PARTITIONS_KEPT_MS });
    return count;
  }

  function readerOf(topic: string): Promise<RangeReader> {
    let reader = readers.get(topic);
    if (!reader) {
      reader = connection.get().then(({ admin }) => RangeReader.open(connection.kafka, admin, topic));
      readers.set(topic, reader);
      reader.catch(() => readers.delete(topic));
    }
    return reader;
  }

  async function bounds(topic: string): Promise<Bounds> {
    return boundsOf((await connection.get()).admin, topic);
  }

  async function shutDown(): Promise<void> {
    closed.abort();
    await Promise.all([...consumers].map((consumer) => consumer.stop()));
    await Promise.all([...queues.values()].map((queue) => queue.idle()));
    await Promise.allSettled([...readers.values()].map(async (reader) => (await reader).close()));
    await connection.close();
  }

  return {
    async ensureTopic(topic, shape) {
      const { admin } = await connection.get();
      await ensureTopic(admin, topic, shape, replicationFactor);
      shapes.delete(topic);
    },
    async append(topic, records, signal) {
      open();
      signal?.throwIfAborted();
      if (records.length === 0) return [];
      const { producer } = await connection.get();
      const count = await partitions(topic);
      const queue = queues.get(topic) ?? new AppendQueue((rows) => sendRows(producer, topic, clock, rows));
      queues.set(topic, queue);
      return queue.append(count, records, signal);
    },
    async consume(consumerOptions) {
      open();
      const times = { heartbeatMs, sessionMs, handOverMs, drainMs };
      const child = log.child({ topic: consumerOptions.topic, group: consumerOptions.group });
      const consumer = new GroupConsumer(
        connection.kafka,
        (await connection.get()).admin,
        consumerOptions,
        times,
        child,
      );
      consumers.add(consumer);
      await consumer.start();
      const stop = async (): Promise<void> => {
        await consumer.stop();
        consumers.delete(consumer);
      };
      return { lag: () => consumer.lag(), pause: () => consumer.pause(), resume: () => consumer.resume(), stop };
    },
    async read(topic, partition, from, limit, signal) {
      open();
      signal?.throwIfAborted();
      const known = (await bounds(topic)).get(partition);
      if (!known) throw new Error(`topic "${topic}" has no partition ${partition}`);
      const start = from > known.first ? from : known.first;
      const wanted = start + BigInt(limit);
      const end = wanted < known.next ? wanted : known.next;
      return start >= end ? [] : (await readerOf(topic)).read(partition, start, end, signal);
    },
    bounds,
    partitions,
    waitForAppend: (topic, timeoutMs, signal, positions) =>
      waitForAppend(
        () => bounds(topic),
        { timeoutMs, pollMs, positions },
        signal ? AbortSignal.any([signal, closed.signal]) : closed.signal,
      ),
    close: () => (closing ??= shutDown()),
  };
}
