import { randomUUID } from 'node:crypto';
import { ClickHouseLogLevel, createClient, type ClickHouseClient } from '@clickhouse/client';
import type { Logger } from '../logger';
import { codeOf, isConnectionFailure, toDomainError, unavailable, type StopReason } from './clickhouse-errors';

export interface ConnectionOptions {
  url: string;
  username?: string;
  password?: string;
  log: Logger;
  /** Connections for short queries and inserts; long queries get half as many of their own. Default 16. */
  maxConnections?: number;
  /** Operations that run or wait for a connection; more are refused as UNAVAILABLE. Default 1,000. */
  maxPending?: number;
}

/** One operation under way. */
export interface Operation {
  client: ClickHouseClient;
  queryId: string;
  signal: AbortSignal;
  headers: Record<string, string>;
}

export interface OperationOptions {
  name: string;
  signal?: AbortSignal;
  queryId?: string;
  long?: boolean;
  /** After this the operation is stopped here and on the server. */
  deadlineMs: number;
}

const KILL_TIMEOUT_MS = 5_000;
const NEVER_MS = 24 * 3600 * 1000;
const QUERY_ID = /^[\w.:-]{1,128}$/;
/** Read by the columns server, ignored by ClickHouse. */
const LONG_LANE = { 'X-DataIris-Lane': 'long' };

/** The clients of one server: short and long work on connections of their own, kills on one that nobody else can occupy. */
export class Connections {
  private readonly short: ClickHouseClient;
  private readonly long: ClickHouseClient;
  private readonly control: ClickHouseClient;
  private readonly kills = new Set<Promise<void>>();
  private pending = 0;

  constructor(private readonly options: ConnectionOptions) {
    const most = options.maxConnections ?? 16;
    const open = (connections: number) =>
      createClient({
        url: options.url,
        username: options.username,
        password: options.password,
        max_open_connections: connections,
        // Every operation has a deadline of its own, which also stops it on the server; a silent socket is no failure.
        request_timeout: NEVER_MS,
        log: { level: ClickHouseLogLevel.OFF },
      });
    this.short = open(most);
    this.long = open(Math.max(1, Math.ceil(most / 2)));
    this.control = open(2);
  }

  /** Runs `work` under the caller's signal and a deadline. When either stops it, the server is told to stop the query too. */
  async run<T>(options: OperationOptions, work: (operation: Operation) => Promise<T>): Promise<T> {
    const operation = this.begin(options);
    try {
      return await work(operation);
    } catch (error) {
      throw operation.failed(error);
    } finally {
      operation.end();
    }
  }

  /** As `run`, for work that yields: ended early by its consumer, it is stopped on the server. */
  async *iterate<T>(options: OperationOptions, work: (operation: Operation) => AsyncIterable<T>): AsyncGenerator<T> {
    const operation = this.begin(options);
    let complete = false;
    try {
      yield* work(operation);
      complete = true;
    } catch (error) {
      // What the server or the connection ended need not be stopped; a row that we refuse must be.
      complete = codeOf(error) !== undefined || isConnectionFailure(error);
      throw operation.failed(error);
    } finally {
      if (!complete) operation.kill();
      operation.end();
    }
  }

  async ping(signal?: AbortSignal): Promise<void> {
    const deadlineMs = KILL_TIMEOUT_MS;
    await this.run({ name: 'ping', signal, deadlineMs }, async ({ signal: stop }) => {
      const result = await this.control.ping({ select: true, abort_signal: stop });
      if (!result.success) throw result.error;
    });
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.kills);
    await Promise.all([this.short.close(), this.long.close(), this.control.close()]);
  }

  private begin({ name, signal, queryId = randomUUID(), long = false, deadlineMs }: OperationOptions) {
    if (!QUERY_ID.test(queryId)) throw new TypeError('A query id is 1 to 128 letters, digits, and _ . : -');
    if (this.pending >= (this.options.maxPending ?? 1_000)) throw unavailable();
    if (signal?.aborted) throw toDomainError(signal.reason, name, this.options.log, 'aborted');
    const stop = new AbortController();
    let stopped: StopReason;
    let killed = false;
    const kill = () => {
      if (!killed) this.kill(queryId);
      killed = true;
    };
    const halt = (reason: StopReason) => {
      stopped ??= reason;
      stop.abort();
      kill();
    };
    const onAbort = () => halt('aborted');
    const timer = setTimeout(() => halt('deadline'), deadlineMs);
    this.pending += 1;
    signal?.addEventListener('abort', onAbort, { once: true });
    return {
      client: long ? this.long : this.short,
      queryId,
      kill,
      signal: stop.signal,
      headers: long ? LONG_LANE : {},
      failed: (error: unknown) => toDomainError(error, name, this.options.log, stopped),
      end: () => {
        this.pending -= 1;
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
      },
    };
  }

  /** Tells the server to stop a query; the answer is nobody's to wait for, its failure only worth a line in the log. */
  private kill(queryId: string): void {
    const abort = AbortSignal.timeout(KILL_TIMEOUT_MS);
    const kill = this.control
      .command({ query: `KILL QUERY WHERE query_id = '${queryId}'`, abort_signal: abort })
      .then(
        () => undefined,
        (error: unknown) => this.options.log.warn({ err: error, query_id: queryId }, 'could not stop a query'),
      )
      .finally(() => this.kills.delete(kill));
    this.kills.add(kill);
  }
}
