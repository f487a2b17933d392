import type { Readable } from 'node:stream';
import type { z } from 'zod';

/** Limits of one query; every query has all of them, sent in its SETTINGS clause. */
export interface QueryLimits {
  /** Seconds. */
  maxExecutionSeconds: number;
  maxRowsToRead: number;
  maxMemoryBytes: number;
  maxResultRows: number;
}

/**
 * A named, typed, parameterised query. `sql` holds `{name: Type}` placeholders only: no text from a user is ever part of it.
 * It must not have a SETTINGS or FORMAT clause; the port adds them.
 */
export interface NamedQuery<P extends Record<string, unknown>, R> {
  name: string;
  sql: string;
  row: z.ZodType<R>;
  /** Type-only. */
  params?: P;
  /** Runs in the lane for long queries, so that it does not hold up dashboards. */
  long?: boolean;
}

export interface QueryStats {
  rowsRead: number;
  bytesRead: number;
  elapsedMs: number;
}

export interface QueryOptions {
  limits?: Partial<QueryLimits>;
  signal?: AbortSignal;
  queryId?: string;
  /** Further SETTINGS by the platform's own code (names are checked against a fixed list). */
  settings?: Readonly<Record<string, string | number>>;
}

export interface InsertOptions {
  /** De-duplicates a repeated insert, through materialized views too. */
  token?: string;
  signal?: AbortSignal;
  columns?: readonly string[];
}

/**
 * How values look in rows: see columns.types.ts (64-bit integers are strings, times ISO 8601 in UTC).
 * Failures are DomainErrors: QUERY_TIMEOUT, QUERY_TOO_EXPENSIVE, CANCELLED (by the signal), UNAVAILABLE (try again), else INTERNAL, logged, with the
 * server's words as its cause only.
 *
 * ClickHouse, over HTTP, through `@clickhouse/client`: a real server or the embedded columns server, without a difference.
 */
export interface Columns {
  query<P extends Record<string, unknown>, R>(
    query: NamedQuery<P, R>,
    params: P,
    options?: QueryOptions,
  ): Promise<{ rows: R[]; stats: QueryStats }>;
  /** Rows as they come, in bounded memory. */
  stream<P extends Record<string, unknown>, R>(
    query: NamedQuery<P, R>,
    params: P,
    options?: QueryOptions,
  ): AsyncIterable<R>;
  /**
   * Inserts JSON rows as one block when they fit one (a million rows, 1 GiB); resolves when the engine has acknowledged. Without a token it is
   * always applied, even where the table de-duplicates. An unknown column is an error. `table` is `database.table`, both checked as identifiers.
   */
  insert(table: string, rows: readonly Record<string, unknown>[], options?: InsertOptions): Promise<void>;
  /**
   * Inserts a file's bytes in one of ClickHouse's formats, matched to the table's columns by name; in full or not at all up to a million rows,
   * above that block by block (repeat it with the same token). With `columns`, only those are taken and others of the file are left out;
   * without, an unknown one is an error. Answers the rows written (on a real server including those that materialized views wrote).
   * `data` is read to its end or destroyed.
   */
  insertStream(
    table: string,
    format: 'Parquet' | 'CSVWithNames' | 'JSONEachRow',
    data: Readable,
    options?: InsertOptions,
  ): Promise<{ rowsWritten: number }>;
  /**
   * Runs one DDL or mutation statement of the platform's own. Limits and settings go to the end of the text, so give them only where a statement
   * takes SETTINGS there (not CREATE TABLE).
   */
  command(sql: string, params?: Record<string, unknown>, options?: QueryOptions): Promise<void>;
  /**
   * Creates `database` and applies what is not yet applied, in order, statement by statement, each once; safe to call from several processes. After a
   * failure it goes on at the statement that failed. A statement must never be changed once it was applied.
   */
  migrate(database: string, migrations: readonly ColumnsMigration[]): Promise<void>;
  ping(signal?: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export interface ColumnsMigration {
  /** Sorts by name: `0001-events`. */
  name: string;
  /** One statement each; `{database}` is replaced by the database's checked name. */
  statements: readonly string[];
}
