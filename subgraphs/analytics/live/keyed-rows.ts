import type { MetricRow } from '../query/answer';

/** The rows of an answer in their order, by key. */
export interface KeyedRows {
  order: readonly string[];
  byKey: ReadonlyMap<string, MetricRow>;
}

/**
 * What turns one answer into the next: remove keys, replace or append rows, then, if `order` is given, sort by it. Applied in this way it
 * gives exactly the next answer.
 */
export interface RowsDelta {
  rows: MetricRow[];
  removed: string[];
  order: string[] | null;
}

export const keyed = (rows: readonly MetricRow[]): KeyedRows => ({
  order: rows.map(({ key }) => key),
  byKey: new Map(rows.map((row) => [row.key, row])),
});

export const rowsInOrder = ({ order, byKey }: KeyedRows): MetricRow[] => order.map((key) => byKey.get(key)!);

/** Null when nothing changed. */
export function diffRows(before: KeyedRows, after: KeyedRows): RowsDelta | null {
  const removed = before.order.filter((key) => !after.byKey.has(key));
  const rows: MetricRow[] = [];
  const reached = before.order.filter((key) => after.byKey.has(key));
  for (const key of after.order) {
    const [old, row] = [before.byKey.get(key), after.byKey.get(key)!];
    if (!old || !sameValues(old, row)) rows.push(row);
    if (!old) reached.push(key);
  }
  const sorted = reached.every((key, index) => key === after.order[index]);
  if (removed.length === 0 && rows.length === 0 && sorted) return null;
  return { rows, removed, order: sorted ? null : [...after.order] };
}

/** Several deltas in a row as one that ends at `now`. */
export function mergeDeltas(deltas: readonly RowsDelta[], now: KeyedRows): RowsDelta {
  const touched = new Set<string>();
  const removed = new Set<string>();
  for (const delta of deltas) {
    for (const key of delta.removed) removed.add(key);
    for (const { key } of delta.rows) touched.add(key);
  }
  // A row that went and came back is an upsert; one that came and went is a removal the reader may not need, and that hurts nobody.
  const rows = now.order.filter((key) => touched.has(key)).map((key) => now.byKey.get(key)!);
  return { rows, removed: [...removed].filter((key) => !now.byKey.has(key)), order: [...now.order] };
}

const sameValues = (a: MetricRow, b: MetricRow): boolean =>
  a.values.length === b.values.length && a.values.every((value, index) => value === b.values[index]);
