import type { KafkaMessage, Message, Producer } from 'kafkajs';
import type { Clock } from '../../clock';
import type { AppendRow, Position } from '../append-queue';
import type { StoredRecord } from '../log';
import { decodeBody } from '../record';

/** Kafka takes one batch per partition and request; more is sent in several requests. Topics allow batches of `MAX_BATCH_BYTES`. */
const SEND_CHARS = 4 * 1024 * 1024;
export const MAX_BATCH_BYTES = 20 * 1024 * 1024;
const TIMEOUT_MS = 30_000;

const sizeOf = (row: AppendRow): number => row.body.length;

/** Sends rows to their partitions. All or nothing per partition as long as they fit one request (4 MB of text). */
export async function sendRows(producer: Producer, topic: string, clock: Clock, rows: readonly AppendRow[]) {
  const positions: Position[] = [];
  for (let start = 0; start < rows.length;) {
    let [end, size] = [start, 0];
    while (end < rows.length && (end === start || size + sizeOf(rows[end]!) <= SEND_CHARS))
      size += sizeOf(rows[end++]!);
    positions.push(...(await sendSlice(producer, topic, clock, rows.slice(start, end))));
    start = end;
  }
  return positions;
}

async function sendSlice(producer: Producer, topic: string, clock: Clock, rows: readonly AppendRow[]) {
  const timestamp = String(clock.now().getTime());
  const messages = rows.map((row): Message => ({
    key: null, // the partition is decided already, and the key is in the body
    value: row.body,
    partition: row.partition,
    timestamp,
    headers: { tenant: row.tenantId },
  }));
  const answers = await producer.send({ topic, messages, acks: -1, timeout: TIMEOUT_MS });
  const next = new Map(answers.map(({ partition, baseOffset }) => [partition, BigInt(baseOffset ?? -1)]));
  return rows.map(({ partition }): Position => {
    const offset = next.get(partition);
    if (offset === undefined || offset < 0n) throw new Error(`Kafka did not say where the records of ${topic} are`);
    next.set(partition, offset + 1n);
    return { partition, offset };
  });
}

/** The record of a message that `sendRows` sent. */
export function toRecord(topic: string, partition: number, message: KafkaMessage): StoredRecord {
  return decodeBody(message.value!.toString(), {
    topic,
    partition,
    offset: BigInt(message.offset),
    tenantId: String(message.headers?.tenant),
    timestamp: new Date(Number(message.timestamp)),
  });
}
