import { DomainError } from '../errors';
import type { LogRecord } from './log';
import { partitionOf } from './partitioner';
import { encodeBody } from './record';
import { isStoreFault } from '../pubsub/store-fault';

export interface Position {
  partition: number;
  offset: bigint;
}

/** A record on its way to a store. */
export interface AppendRow {
  partition: number;
  tenantId: string;
  body: string;
}

interface Waiting {
  rows: AppendRow[];
  size: number;
  signal: AbortSignal | undefined;
  resolve(positions: Position[]): void;
  reject(error: unknown): void;
}

const FLUSH_ROWS = 10_000;
const FLUSH_CHARS = 8 * 1024 * 1024;
/** What may wait in memory while the database is slow; beyond it appends are refused, so that the caller feels the pressure. */
const WAITING_CHARS = 64 * 1024 * 1024;

/** Group commit for one topic: appends that come while one write is on its way share the next. */
export class AppendQueue {
  private waiting: Waiting[] = [];
  private waitingChars = 0;
  private flushing: Promise<void> | undefined;

  /** @param write appends all or nothing, and answers the positions in the order of the rows. */
  constructor(private readonly write: (rows: readonly AppendRow[]) => Promise<Position[]>) {}

  append(partitions: number, records: readonly LogRecord[], signal?: AbortSignal): Promise<Position[]> {
    const rows = records.map((record) => ({
      partition: partitionOf(record.tenantId, record.key, partitions),
      tenantId: record.tenantId,
      body: encodeBody(record),
    }));
    const size = rows.reduce((sum, { body }) => sum + body.length, 0);
    if (this.waitingChars > 0 && this.waitingChars + size > WAITING_CHARS) {
      throw new DomainError('UNAVAILABLE', 'The event log cannot keep up just now. Try again in a few seconds.', {
        retryAfterSeconds: 2,
      });
    }
    return new Promise((resolve, reject) => {
      this.waiting.push({ rows, size, signal, resolve, reject });
      this.waitingChars += size;
      this.flushing ??= this.flushAll();
    });
  }

  /** Resolves when nothing is on its way. */
  async idle(): Promise<void> {
    await this.flushing;
  }

  private async flushAll(): Promise<void> {
    await Promise.resolve(); // appends of the same turn of the event loop go together
    while (this.waiting.length > 0) {
      const group = this.takeGroup();
      if (group.length > 0) await this.flush(group);
    }
    this.flushing = undefined;
  }

  private takeGroup(): Waiting[] {
    const group: Waiting[] = [];
    let [rows, chars, taken] = [0, 0, 0];
    for (const one of this.waiting) {
      if (group.length > 0 && (rows + one.rows.length > FLUSH_ROWS || chars + one.size > FLUSH_CHARS)) break;
      taken++;
      if (one.signal?.aborted) {
        one.reject(one.signal.reason); // nothing of it was sent
        continue;
      }
      group.push(one);
      rows += one.rows.length;
      chars += one.size;
    }
    for (const { size } of this.waiting.splice(0, taken)) this.waitingChars -= size;
    return group;
  }

  private async flush(group: Waiting[]): Promise<void> {
    try {
      const positions = await this.write(group.flatMap(({ rows }) => rows));
      let at = 0;
      for (const { rows, resolve } of group) resolve(positions.slice(at, (at += rows.length)));
    } catch (error) {
      // A fault of the store is everybody's; anything else may be the fault of one of them, so each is tried by itself.
      if (group.length === 1 || isStoreFault((error as Error).cause ?? error)) {
        for (const { reject } of group) reject(error);
      } else {
        for (const one of group) await this.flush([one]);
      }
    }
  }
}
