import type { IncomingMessage } from 'node:http';
import { randomUUID } from 'node:crypto';
import { exception } from './exception';

export interface QueryRequest {
  queryId: string;
  /** From `?query=`: then the body is the data of an INSERT. */
  queryInUrl: string | undefined;
  database: string;
  defaultFormat: string;
  params: Record<string, string>;
  compress: boolean;
  /** Hold the response back until the query has ended, so that a late failure still gets its status. */
  waitEnd: boolean;
  long: boolean;
}

/** Marks a query for the lane of long queries; a real ClickHouse ignores it. */
export const LANE_HEADER = 'x-datairis-lane';

// ClickHouse's HTTP server consumes these itself; they change nothing in the engine. What is not listed here would stick to a session.
const IGNORED = new Set([
  'user',
  'password',
  'send_progress_in_http_headers',
  'http_headers_progress_interval_ms',
  'cancel_http_readonly_queries_on_client_close',
  'session_timeout',
]);

/** Reads the URL and headers of a query as ClickHouse's HTTP interface defines them; refuses settings, which belong into the statement. */
export function readRequest(request: IncomingMessage, url: URL): QueryRequest {
  const read: QueryRequest = {
    queryId: '',
    queryInUrl: undefined,
    database: header(request, 'x-clickhouse-database') ?? 'default',
    defaultFormat: header(request, 'x-clickhouse-format') ?? 'TabSeparated',
    params: {},
    compress: false,
    waitEnd: false,
    long: header(request, LANE_HEADER) === 'long',
  };
  for (const [name, value] of url.searchParams) apply(read, name, value);
  read.queryId ||= randomUUID();
  return read;
}

function apply(read: QueryRequest, name: string, value: string): void {
  if (name.startsWith('param_')) read.params[name.slice('param_'.length)] = value;
  else if (name === 'query') read.queryInUrl = value;
  else if (name === 'query_id') read.queryId = value;
  else if (name === 'database') read.database = value || 'default';
  else if (name === 'default_format') read.defaultFormat = value;
  else if (name === 'enable_http_compression') read.compress = value === '1' || value === 'true';
  else if (name === 'wait_end_of_query') read.waitEnd = value === '1' || value === 'true';
  else if (name === 'session_id' || name === 'role')
    throw exception('ACCESS_DENIED', `There are no sessions and no roles here (${name}).`);
  else if (!IGNORED.has(name))
    throw exception(
      'SETTING_CONSTRAINT_VIOLATION',
      `The setting ${name.slice(0, 64)} must stand in the SETTINGS clause of the query, not in the URL: there it would stick to the session.`,
    );
}

function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}
