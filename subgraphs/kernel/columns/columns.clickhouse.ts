import { z } from 'zod';
import type { Columns, InsertOptions, NamedQuery, QueryLimits, QueryOptions, QueryStats } from './columns';
import { Connections, type ConnectionOptions, type Operation, type OperationOptions } from './clickhouse-connections';
import { migrate } from './clickhouse-migrate';
import {
  checkSettings,
  identifier,
  INSERT_SETTINGS,
  insertTokenSettings,
  limitSettings,
  READ_SETTINGS,
  type Settings,
  settingsClause,
  tableName,
} from './clickhouse-sql';

export interface ColumnsOptions extends ConnectionOptions {
  /** Defaults for queries without limits of their own. */
  limits?: { short?: Partial<QueryLimits>; long?: Partial<QueryLimits> };
}

const SHORT: QueryLimits = {
  maxExecutionSeconds: 30,
  maxRowsToRead: 2e9,
  maxMemoryBytes: 1024 ** 3,
  maxResultRows: 100_000,
};
const LONG: QueryLimits = {
  maxExecutionSeconds: 600,
  maxRowsToRead: 20e9,
  maxMemoryBytes: 2 * 1024 ** 3,
  maxResultRows: 50_000_000,
};
/** The server stops a query by its limit first; this is for a server that does not. */
const DEADLINE_MARGIN_MS = 5_000;
/** The engine and the server hold a few blocks at a time. */
const STREAM_BLOCK_ROWS = 8_192;
const WRITE_DEADLINE_MS = 30 * 60_000;

const statistics = z.object({ elapsed: z.number(), rows_read: z.number(), bytes_read: z.number() });
const answer = z.object({ data: z.array(z.unknown()), statistics });

/** ClickHouse over HTTP: a real server or the embedded columns server. */
export function createColumns(options: ColumnsOptions): Columns {
  const connections = new Connections(options);
  const { log } = options;

  const prepare = (
    query: Pick<NamedQuery<never, never>, 'name' | 'sql' | 'long'>,
    given: QueryOptions = {},
    defaults: QueryLimits,
  ) => {
    const limits = { ...defaults, ...given.limits };
    const settings = { ...READ_SETTINGS, ...limitSettings(limits), ...checkSettings(given.settings) };
    const deadlineMs = limits.maxExecutionSeconds * 1000 + DEADLINE_MARGIN_MS;
    const operation: OperationOptions = {
      name: query.name,
      signal: given.signal,
      queryId: given.queryId,
      long: query.long,
      deadlineMs,
    };
    return { text: `${query.sql}${settingsClause(settings)}`, operation };
  };

  const limitsOf = (long: boolean | undefined): QueryLimits =>
    long ? { ...LONG, ...options.limits?.long } : { ...SHORT, ...options.limits?.short };

  const columns: Columns = {
    async query<P extends Record<string, unknown>, R>(query: NamedQuery<P, R>, params: P, given?: QueryOptions) {
      const { text, operation } = prepare(query, given, limitsOf(query.long));
      return connections.run(operation, async (at) => {
        const result = await at.client.query({ query: text, format: 'JSON', query_params: params, ...common(at) });
        const stopReading = () => result.close();
        at.signal.addEventListener('abort', stopReading, { once: true });
        try {
          const { data, statistics: read } = answer.parse(await result.json());
          return { rows: z.array(query.row).parse(data), stats: statsOf(read) };
        } finally {
          at.signal.removeEventListener('abort', stopReading);
        }
      });
    },

    stream<P extends Record<string, unknown>, R>(query: NamedQuery<P, R>, params: P, given?: QueryOptions) {
      // Reading at the consumer's pace may take long whatever the query: it must not occupy what dashboards wait for.
      const settings = { max_block_size: STREAM_BLOCK_ROWS, ...given?.settings };
      const { text, operation } = prepare(query, { ...given, settings }, limitsOf(true));
      return connections.iterate({ ...operation, long: true }, async function* (at) {
        const result = await at.client.query({
          query: text,
          format: 'JSONEachRow',
          query_params: params,
          ...common(at),
        });
        const stopReading = () => result.close();
        at.signal.addEventListener('abort', stopReading, { once: true });
        try {
          for await (const rows of result.stream()) for (const row of rows) yield query.row.parse(row.json());
          if (at.signal.aborted) throw new Error('stopped');
        } finally {
          at.signal.removeEventListener('abort', stopReading);
          result.close();
        }
      });
    },

    async insert(table, rows, given = {}) {
      if (rows.length === 0) return;
      const statement = insertStatement(table, 'JSONEachRow', given);
      await connections.run({ name: `insert ${table}`, signal: given.signal, deadlineMs: WRITE_DEADLINE_MS }, (at) =>
        at.client.insert({ table: statement, values: rows, format: 'JSONEachRow', ...common(at) }),
      );
    },

    async insertStream(table, format, data, given = {}) {
      const query = `INSERT INTO ${insertStatement(table, format, given)} FORMAT ${format}`;
      const write = { name: `insert ${table}`, signal: given.signal, deadlineMs: WRITE_DEADLINE_MS, long: true };
      try {
        return await connections.run(write, async (at) => {
          const { stream, summary } = await at.client.exec({ query, values: data, ...common(at) });
          for await (const _ of stream); // the response has no content; the connection is free when it is read
          return { rowsWritten: Number(summary?.written_rows ?? 0) };
        });
      } finally {
        data.destroy(); // also when nothing was sent
      }
    },

    async command(sql, params = {}, given = {}) {
      const limits = given.limits ? limitSettings({ ...LONG, ...given.limits }) : {};
      const query = `${sql}${settingsClause({ ...limits, ...checkSettings(given.settings) })}`;
      const deadlineMs = given.limits?.maxExecutionSeconds
        ? given.limits.maxExecutionSeconds * 1000 + DEADLINE_MARGIN_MS
        : WRITE_DEADLINE_MS;
      await connections.run({ name: 'command', signal: given.signal, queryId: given.queryId, deadlineMs }, (at) =>
        at.client.command({ query, query_params: params, ...common(at) }),
      );
    },

    migrate: (database, migrations) => migrate(columns, log, database, migrations),
    ping: (signal) => connections.ping(signal),
    close: () => connections.close(),
  };
  return columns;
}

const common = (at: Operation) => ({ query_id: at.queryId, abort_signal: at.signal, http_headers: at.headers });

const statsOf = (read: z.infer<typeof statistics>): QueryStats => ({
  rowsRead: read.rows_read,
  bytesRead: read.bytes_read,
  elapsedMs: read.elapsed * 1000,
});

/** `db.table (columns) SETTINGS …`, to stand behind INSERT INTO. */
function insertStatement(table: string, format: string, { token, columns }: InsertOptions): string {
  const list = columns ? ` (${columns.map(identifier).join(', ')})` : '';
  // Who names columns has chosen among those of the data; otherwise an unknown one is a mistake.
  const cut = { ...INSERT_SETTINGS, input_format_skip_unknown_fields: columns ? 1 : 0 };
  const order: Settings = format === 'Parquet' ? { input_format_parquet_preserve_order: 1 } : {};
  return `${tableName(table)}${list}${settingsClause({ ...cut, ...order, ...insertTokenSettings(token) })}`;
}
