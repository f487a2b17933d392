import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Writable } from 'node:stream';
import { createGzip, createZstdCompress } from 'node:zlib';
import { exception, statusOf, type ClickHouseException } from './exception';
import type { QueryRequest } from './request';

const IDLE_READER_MS = 60_000;

/** What `X-ClickHouse-Summary` says; numbers as strings, as ClickHouse writes them. */
export interface Summary {
  readRows: number;
  readBytes: number;
  writtenRows: number;
  elapsedSeconds: number;
}

/** The response of one query: headers at the first byte, compression, back-pressure, and failures before or behind the first byte. */
export class QueryResponse {
  private readonly tag = randomBytes(8).toString('hex');
  private body: Writable | undefined;
  private readonly closed = new AbortController();
  /** Aborts when the connection has ended, before or after the answer. */
  readonly gone = this.closed.signal;

  constructor(
    private readonly request: IncomingMessage,
    private readonly response: ServerResponse,
    private readonly query: Pick<QueryRequest, 'queryId' | 'compress'>,
  ) {
    response.once('close', () => this.closed.abort());
  }

  /** Writes a chunk and waits until the client has room for more; a client that reads nothing for a minute is dropped. */
  async write(chunk: Uint8Array, format: string): Promise<void> {
    const body = (this.body ??= this.open(format));
    if (body.write(chunk)) return;
    try {
      await once(body, 'drain', { signal: AbortSignal.any([this.gone, AbortSignal.timeout(IDLE_READER_MS)]) });
    } catch {
      this.response.destroy();
      throw exception('QUERY_WAS_CANCELLED', 'Query was cancelled: nobody reads its result.');
    }
  }

  async end(format: string, summary?: Summary): Promise<void> {
    const body = (this.body ??= this.open(format, summary));
    body.end();
    if (!this.response.writableFinished && !this.response.closed) await once(this.response, 'close');
  }

  /** A whole result at once, with its summary in the headers. */
  async send(bytes: Uint8Array, format: string, summary: Summary): Promise<void> {
    this.body = this.open(format, summary);
    if (bytes.length > 0) await this.write(bytes, format);
    await this.end(format);
  }

  /** Before the first byte an error is a status; behind it, it is appended in the form clients look for. */
  fail(error: ClickHouseException): void {
    if (this.response.destroyed || this.response.writableEnded) return;
    const text = error.toText();
    if (this.body) {
      const length = Buffer.byteLength(text) + 1;
      this.body.end(`\r\n__exception__\r\n${this.tag}\r\n${text}\n${length} ${this.tag}\r\n__exception__\r\n`);
      return;
    }
    this.response.writeHead(statusOf(error), {
      'content-type': 'text/plain; charset=UTF-8',
      'x-clickhouse-query-id': headerSafe(this.query.queryId),
      'x-clickhouse-exception-code': String(error.code),
    });
    this.response.end(`${text}\n`);
  }

  private open(format: string, summary?: Summary): Writable {
    const codec = this.query.compress ? codecOf(this.request) : undefined;
    this.response.writeHead(200, {
      'content-type': format.startsWith('JSON') ? 'application/json; charset=UTF-8' : 'application/octet-stream',
      'x-clickhouse-query-id': headerSafe(this.query.queryId),
      'x-clickhouse-format': headerSafe(format),
      'x-clickhouse-timezone': 'UTC',
      'x-clickhouse-exception-tag': this.tag,
      ...(summary ? { 'x-clickhouse-summary': JSON.stringify(summaryHeader(summary)) } : {}),
      ...(codec ? { 'content-encoding': codec } : {}),
    });
    if (!codec) return this.response;
    const compressor = codec === 'gzip' ? createGzip({ level: 1 }) : createZstdCompress();
    // A client that goes away ends the response; the compressor must not wait for it.
    this.response.on('close', () => compressor.destroy());
    compressor.on('error', () => this.response.destroy());
    compressor.pipe(this.response);
    return compressor;
  }
}

function codecOf(request: IncomingMessage): 'gzip' | 'zstd' | undefined {
  const accepted = String(request.headers['accept-encoding'] ?? '');
  return accepted.includes('zstd') ? 'zstd' : accepted.includes('gzip') ? 'gzip' : undefined;
}

const summaryHeader = (summary: Summary) => ({
  read_rows: String(summary.readRows),
  read_bytes: String(summary.readBytes),
  written_rows: String(summary.writtenRows),
  written_bytes: '0',
  total_rows_to_read: '0',
  result_rows: '0',
  result_bytes: '0',
  elapsed_ns: String(Math.round(summary.elapsedSeconds * 1e9)),
});

const headerSafe = (value: string): string => value.replace(/[^\x20-\x7e]/g, '?').slice(0, 256);
