import type { Readable } from 'node:stream';
import type { FieldType } from '../../kernel/graphql/shared-types';

/** A value as `JSONEachRow` takes it. Integers beyond 2^53 are texts. */
export type Cell = string | number | boolean | null;

/** One column to load: `source` is its name in the file, `name` its name in the dataset. */
export interface ColumnPlan {
  name: string;
  type: FieldType;
  nullable: boolean;
  source: string;
}

/** A row that was not loaded. `line` is the physical line of a text file, the row's number in Parquet; both from 1. */
export interface RejectedRow {
  line: number;
  column: string | null;
  reason: string;
  raw: string | null;
}

/** What one piece of the file held. `read` = rows + rejected. */
export interface RowChunk {
  rows: Record<string, Cell>[];
  rejected: RejectedRow[];
  read: number;
  /** Bytes of the file consumed with this chunk. */
  bytes: number;
}

/** A record cut out of a text file, not yet understood. `fault` says why it cannot be. */
export interface RawRecord {
  line: number;
  bytes: Buffer;
  fault?: string;
}

/** Cuts a stream of bytes into records, in bounded memory. */
export interface RecordSplitter {
  push(chunk: Buffer): RawRecord[];
  /** What is left when the file has ended. */
  end(): RawRecord[];
}

/** Where an import's bytes come from. */
export interface FileSource {
  name: string;
  size: number;
  /** The bytes from `start` (default 0) up to and without `end` (default: all). */
  open(range?: { start: number; end: number }): Promise<Readable>;
}

/** Longer records are rejected, so that no file can make us hold more than this of one row. */
export const MAX_RECORD_BYTES = 1024 * 1024;

const RAW_CHARACTERS = 500;

/** A rejected record's text as it is kept: short, and without the NUL that PostgreSQL cannot hold. */
export function rawText(bytes: Buffer): string {
  return clip(bytes.subarray(0, RAW_CHARACTERS * 4).toString('utf8'), RAW_CHARACTERS);
}

/** `text` cut to `length` characters, NUL made visible, no half character left at the cut. */
export function clip(text: string, length: number): string {
  const short = text.length > length ? `${text.slice(0, length)}…` : text;
  return short.replaceAll('\0', '␀').toWellFormed();
}
