import type { Clock } from '../../kernel/clock';
import type { Columns } from '../../kernel/columns/columns';
import type { Database } from '../../kernel/database/database';
import { TOPICS, type ConsumedBatch, type Consumer, type EventLog, type StoredRecord } from '../../kernel/log/log';
import type { Logger } from '../../kernel/logger';
import { Ledger, type GivenId, type OpenRange } from './ledger';
import { eventKey, REPETITION_MS } from './raw-event';
import { decode, type Decoded } from './split-range';
import { writeRange } from './write-range';

const TOPIC = TOPICS.rawEvents.name;
export const COLUMNS_GROUP = 'columns';
/** One range is one block: far below the block size of an insert. */
const MAX_RECORDS = 5_000;
/** Small inserts cost the engine as much as larger ones: a quiet partition waits so long for company. */
const MAX_WAIT_MS = 300;
const FORGET_EVERY_MS = 600_000;
const FORGET_AT_ONCE = 10_000;

export interface ColumnsConsumerDeps {
  log: EventLog;
  columns: Columns;
  database: Pick<Database, 'control'>;
  logger: Logger;
  clock: Clock;
}

/** Carries `raw-events` into the columns, each event exactly once, whoever is killed whenever. Any number of processes may run it. */
export async function startColumnsConsumer(deps: ColumnsConsumerDeps): Promise<Consumer> {
  const { log, columns, database, logger, clock } = deps;
  const ledger = new Ledger(database);
  /** What this process has taken over, by partition, and how far it is. */
  const positions = new Map<number, { epoch: number; next: bigint }>();
  let forgetAt = 0;

  const write = (
    batch: ConsumedBatch,
    range: OpenRange,
    decoded: readonly Decoded[],
    repeating: boolean,
  ): Promise<void> => {
    const { partition } = batch.assignment;
    const vector = async () => ({ ...(await ledger.vector(TOPIC)), [String(partition)]: String(range.to) });
    return writeRange({ log, columns, vector, repeating, logger, signal: batch.signal }, range, decoded);
  };

  async function takeOver(batch: ConsumedBatch): Promise<bigint> {
    const { assignment } = batch;
    const known = positions.get(assignment.partition);
    if (known?.epoch === assignment.epoch) return known.next;
    const { next, open } = await ledger.takeOver(assignment, batch.records[0]!.offset);
    if (!open) return next;
    logger.info({ ...assignment, from: String(open.from), to: String(open.to) }, 'repeating the range under way');
    const records = await readRange(log, assignment.partition, open, batch.signal);
    await write(batch, open, records.map(decode), true);
    await ledger.close(assignment, open);
    return open.to;
  }

  /** One step from `next` on: the records to write, of the batch, or from the log where the batch begins later than the ledger. */
  async function recordsFrom(batch: ConsumedBatch, next: bigint): Promise<readonly StoredRecord[]> {
    const first = batch.records[0]!.offset;
    if (next >= first) return batch.records.filter(({ offset }) => offset >= next);
    const missing = await log.read(TOPIC, batch.assignment.partition, next, MAX_RECORDS, batch.signal);
    const earlier = missing.filter(({ offset }) => offset < first);
    return earlier.length > 0 ? earlier : batch.records; // retention has removed what was there
  }

  async function handle(batch: ConsumedBatch): Promise<void> {
    const { assignment } = batch;
    const { partition, epoch } = assignment;
    try {
      let next = await takeOver(batch);
      positions.set(partition, { epoch, next });
      while (next < batch.nextOffset) {
        const records = await recordsFrom(batch, next);
        const to = records.at(-1)!.offset + 1n;
        const decoded = records.map(decode);
        const range = await ledger.plan(assignment, records[0]!.offset, to, givenIds(decoded));
        await write(batch, range, decoded, false);
        await ledger.close(assignment, range);
        next = to;
        positions.set(partition, { epoch, next });
      }
    } catch (error) {
      positions.delete(partition); // whatever is open by now is repeated first
      throw error;
    }
    await batch.commit(batch.nextOffset);
    await forgetIds();
  }

  async function forgetIds(): Promise<void> {
    if (clock.now().getTime() < forgetAt) return;
    forgetAt = clock.now().getTime() + FORGET_EVERY_MS;
    // An hour more than they matter, since the clocks of processes differ.
    const before = new Date(clock.now().getTime() - REPETITION_MS - 3_600_000);
    const forgotten = await ledger.forgetIds(before, FORGET_AT_ONCE);
    // More are waiting: go on after the next batch, which brings fewer than are forgotten.
    if (forgotten >= FORGET_AT_ONCE) forgetAt = 0;
    if (forgotten > 0) logger.debug({ forgotten }, 'ids of events forgotten');
  }

  return log.consume({
    group: COLUMNS_GROUP,
    topic: TOPIC,
    from: 'earliest',
    maxRecords: MAX_RECORDS,
    maxWaitMs: MAX_WAIT_MS,
    handle,
  });
}

/** Exactly the records of a range that was planned. */
async function readRange(log: EventLog, partition: number, { from, to }: OpenRange, signal: AbortSignal) {
  const records: StoredRecord[] = [];
  for (let at = from; at < to; at = records.at(-1)!.offset + 1n) {
    const more = await log.read(TOPIC, partition, at, Number(to - at), signal);
    if (more.length === 0) break;
    records.push(...more);
  }
  return records.filter(({ offset }) => offset < to);
}

function givenIds(decoded: readonly Decoded[]): GivenId[] {
  return decoded.flatMap((one) => {
    if ('reason' in one || !one.event.given) return [];
    const { record, event } = one;
    return [{ tenantId: record.tenantId, key: eventKey(event), offset: record.offset, at: event.receivedAt }];
  });
}
