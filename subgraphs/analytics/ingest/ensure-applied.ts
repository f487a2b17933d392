import { z } from 'zod';
import type { Columns, NamedQuery } from '../../kernel/columns/columns';
import { windowsOf } from './columns-migrations';
import { WINDOW_MS } from './raw-event';
import type { Logger } from '../../kernel/logger';
import type { EventRow, PlannedInsert } from './split-range';

export const EVENTS_TABLE = 'events.events';
const WINDOWS_TABLE = 'events.windows';
const ATTEMPTS = 5;

export interface EnsureDeps {
  columns: Pick<Columns, 'insert' | 'query' | 'command'>;
  logger: Logger;
  signal: AbortSignal;
}

/**
 * Makes sure that a repeated insert is in both tables. The engine notes a token just before it puts the rows in place: killed in between, it
 * drops every repetition of rows that are not there. An insert is one block in each table, so its last record tells whether it is in.
 * What is missing is put in by itself, under tokens that follow from the insert's, so that two who do it at once do it once. To be called
 * after the insert was acknowledged: whoever else had it under way is then done or dead.
 */
export async function ensureApplied(
  deps: EnsureDeps,
  { token, rows }: Pick<PlannedInsert, 'token' | 'rows'>,
): Promise<void> {
  const { columns, logger, signal } = deps;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const { events, windows } = await applied(deps, rows.at(-1)!);
    if (events && windows) return;
    logger.warn(
      { token, events, windows },
      'the columns know the token of an insert but do not have it whole; putting it in',
    );
    if (!events) {
      const again = rows.map((row) => ({ ...row, repaired: 1 }));
      await columns.insert(EVENTS_TABLE, again, { token: `${token}.events${attempt}`, signal });
    }
    if (!windows) await insertWindows(deps, rows, `${token}.windows${attempt}`);
  }
  throw new Error(`the columns do not keep the insert ${token}`);
}

const presence: NamedQuery<Record<string, string | number>, { events: boolean; windows: boolean }> = {
  name: 'analytics.ingest_applied',
  sql: `SELECT
      (SELECT count() FROM events.events WHERE tenant_id = {tenant: UUID} AND dataset_id = {dataset: UUID}
        AND time = fromUnixTimestamp64Milli({time: Int64}, 'UTC')
        AND log_partition = {partition: UInt16} AND log_offset = {offset: UInt64}) > 0 AS events,
      (SELECT count() FROM events.windows WHERE tenant_id = {tenant: UUID} AND dataset_id = {dataset: UUID}
        AND start = toDateTime({start: UInt32}, 'UTC') AND field = ''
        AND log_partition = {partition: UInt16} AND log_offset >= {offset: UInt64}) > 0 AS windows`,
  row: z.object({ events: z.coerce.boolean(), windows: z.coerce.boolean() }),
};

/** Ranges of a partition are written one after another: no later offset can be there before this insert is. */
async function applied(
  { columns, signal }: EnsureDeps,
  last: EventRow,
): Promise<{ events: boolean; windows: boolean }> {
  const time = Date.parse(last.time);
  const params = {
    tenant: last.tenant_id,
    dataset: last.dataset_id,
    time,
    start: (Math.floor(time / WINDOW_MS) * WINDOW_MS) / 1_000,
    partition: last.log_partition,
    offset: last.log_offset,
  };
  const { rows } = await columns.query(presence, params, { signal });
  return rows[0]!;
}

/** Makes the windows of an insert from its events, past the view. */
async function insertWindows({ columns, signal }: EnsureDeps, rows: readonly EventRow[], token: string): Promise<void> {
  if (!/^[\w:.-]+$/.test(token)) throw new Error(`not a token of ours: ${token}`);
  const [first, last] = [rows[0]!, rows.at(-1)!];
  const source = `(SELECT * FROM ${EVENTS_TABLE} WHERE log_partition = {partition: UInt16} AND log_offset >= {first: UInt64} AND log_offset <= {last: UInt64}
    AND toYYYYMM(time) = {month: UInt32})`;
  await columns.command(
    `INSERT INTO ${WINDOWS_TABLE} (${WINDOW_COLUMNS}) SETTINGS insert_deduplication_token = '${token}' ${windowsOf(source, 'true')}`,
    {
      partition: last.log_partition,
      first: first.log_offset,
      last: last.log_offset,
      month: Number(last.time.slice(0, 7).replace('-', '')),
    },
    { signal },
  );
}

const WINDOW_COLUMNS =
  'tenant_id, dataset_id, start, name, field, log_partition, log_offset, events, total, least, most';
