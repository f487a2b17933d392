import type { StoredRecord } from '../../kernel/log/log';
import type { OpenRange } from './ledger';
import { rawEvent, WINDOW_MS, type RawEvent } from './raw-event';

/** A row of `events.events`. */
export interface EventRow extends Record<string, unknown> {
  tenant_id: string;
  dataset_id: string;
  time: string;
  event_id: string;
  name: string;
  strings: Record<string, string>;
  numbers: Record<string, number>;
  received_at: string;
  log_partition: number;
  log_offset: string;
}

/** One insert: one block, one partition of the table, one token. */
export interface PlannedInsert {
  token: string;
  rows: EventRow[];
  /** The records of the rows, for the dead-letter topic. */
  records: StoredRecord[];
}

export interface Unreadable {
  record: StoredRecord;
  reason: string;
}

/** What changed, for those who watch: a dataset and the starts of its 5-minute windows, ISO. */
export interface Touched {
  tenantId: string;
  datasetId: string;
  windows: string[];
}

/** How the split below works; a token says it, so that a change of it cannot meet an old token. */
const SPLIT = 'v1';

/** A record with its event, or why it has none. */
export type Decoded = { record: StoredRecord; event: RawEvent } | Unreadable;

export function decode(record: StoredRecord): Decoded {
  const result = rawEvent.safeParse(record.value);
  if (result.success) return { record, event: result.data };
  const reason = result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
  return { record, reason };
}

/** Splits a range into inserts. The same range always splits into the same inserts with the same tokens. */
export function splitRange(
  range: OpenRange,
  decoded: readonly Decoded[],
): { inserts: PlannedInsert[]; unreadable: Unreadable[]; touched: Touched[] } {
  const months = new Map<string, { rows: EventRow[]; records: StoredRecord[] }>();
  const touched = new Map<string, { tenantId: string; datasetId: string; windows: Set<number> }>();
  const unreadable: Unreadable[] = [];
  for (const one of decoded) {
    const { record } = one;
    if (record.offset < range.from || record.offset >= range.to || range.dropped.has(record.offset)) continue;
    if ('reason' in one) {
      unreadable.push(one);
      continue;
    }
    const { event } = one;
    const row = toRow(record, event);
    const month = row.time.slice(0, 7);
    const part = months.get(month) ?? { rows: [], records: [] };
    months.set(month, part);
    part.rows.push(row);
    part.records.push(record);
    const key = `${record.tenantId}/${event.datasetId}`;
    const seen = touched.get(key) ?? { tenantId: record.tenantId, datasetId: event.datasetId, windows: new Set() };
    touched.set(key, seen);
    seen.windows.add(Math.floor(event.time / WINDOW_MS) * WINDOW_MS);
  }
  const first = decoded[0]?.record;
  const at = first ? `${first.topic}:${first.partition}` : '';
  const inserts = [...months]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([month, part]) => ({ token: `${SPLIT}:${at}:${range.from}-${range.to}:${month}`, ...part }));
  return { inserts, unreadable, touched: [...touched.values()].map(toTouched) };
}

const toRow = (record: StoredRecord, event: RawEvent): EventRow => ({
  tenant_id: record.tenantId,
  dataset_id: event.datasetId,
  time: new Date(event.time).toISOString(),
  event_id: event.id,
  name: event.name,
  strings: event.strings,
  numbers: event.numbers,
  received_at: new Date(event.receivedAt).toISOString(),
  log_partition: record.partition,
  log_offset: String(record.offset),
});

const toTouched = ({
  tenantId,
  datasetId,
  windows,
}: {
  tenantId: string;
  datasetId: string;
  windows: Set<number>;
}): Touched => ({
  tenantId,
  datasetId,
  windows: [...windows].sort((a, b) => a - b).map((start) => new Date(start).toISOString()),
});
