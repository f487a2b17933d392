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

/** ClickHouse, over HTTP, through `@clickhouse/client`: a real server or the embedded columns server, without a difference. */
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
  /** Inserts JSON rows as one block when they fit one; resolves when the engine has acknowledged. `table` is `database.table`, both checked as identifiers. */
  insert(table: string, rows: readonly Record<string, unknown>[], options?: InsertOptions): Promise<void>;
  /** Inserts a file's bytes in one of ClickHouse's formats (`Parquet`, `CSVWithNames`, `JSONEachRow`). `select` maps file columns to table columns when given. Answers rows written. */
  insertStream(
    table: string,
    format: 'Parquet' | 'CSVWithNames' | 'JSONEachRow',
    data: Readable,
    options?: InsertOptions,
  ): Promise<{ rowsWritten: number }>;
  /** Runs one DDL or mutation statement of the platform's own. */
  command(sql: string, params?: Record<string, unknown>, options?: QueryOptions): Promise<void>;
  /** Applies migrations not yet applied to `database`, in order, once; safe to call from several processes. */
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
