import type { Clock } from '../../kernel/clock';
import { TOPICS } from '../../kernel/log/log';
import type { Stores } from '../../kernel/stores';

const KEEP_MS = 500;
const TOPIC = TOPICS.rawEvents.name;

interface Done {
  partition: number;
  next_offset: string;
}

/**
 * The instant before which every event that was accepted, of whatever tenant, is in the columns: now, when nothing is under way, else the
 * moment at which the oldest event that is not in yet was taken.
 */
export class Watermark {
  private known: { at: number; value: Promise<Date> } | null = null;

  constructor(
    private readonly stores: Pick<Stores, 'log' | 'database'>,
    private readonly clock: Clock,
  ) {}

  /** Asked for again within half a second it answers the same, which is still true. */
  now(): Promise<Date> {
    const at = performance.now();
    if (this.known && at - this.known.at < KEEP_MS) return this.known.value;
    const value = this.read();
    this.known = { at, value };
    value.catch(() => (this.known = null));
    return value;
  }

  private async read(): Promise<Date> {
    const now = this.clock.now();
    const { log, database } = this.stores;
    // The log's ends first: what is appended after this moment is after the watermark anyway.
    const ends = await log.bounds(TOPIC);
    const rows = await database.control(
      async (tx) =>
        (await tx.query(`select partition, next_offset from ingest_ledger where topic = $1`, [TOPIC])) as Done[],
    );
    const done = new Map(rows.map(({ partition, next_offset }) => [partition, BigInt(next_offset)]));
    const waiting = [...ends].flatMap(([partition, { first, next }]) => {
      const from = done.get(partition) ?? first;
      return from < next ? [{ partition, from: from < first ? first : from }] : [];
    });
    const oldest = await Promise.all(waiting.map(({ partition, from }) => log.read(TOPIC, partition, from, 1)));
    return oldest.flat().reduce((least, { timestamp }) => (timestamp < least ? timestamp : least), now);
  }
}
