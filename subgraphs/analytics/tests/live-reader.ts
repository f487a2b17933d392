import type { MetricRow } from '../query/answer';

interface ReadEvent {
  kind: string;
  rows: readonly MetricRow[];
  removed: readonly string[];
  order?: readonly string[] | null;
}

/** A client as the contract has it: forgets at a snapshot; at a delta removes, replaces or appends, then sorts. */
export class LiveReader {
  rows: MetricRow[] = [];
  kinds: string[] = [];

  apply(event: ReadEvent): void {
    this.kinds.push(event.kind);
    if (event.kind !== 'DELTA') {
      this.rows = [...event.rows];
      return;
    }
    const held = new Map(this.rows.map((row) => [row.key, row]));
    for (const key of event.removed) held.delete(key);
    for (const row of event.rows) held.set(row.key, row);
    const { order } = event;
    this.rows = order ? order.map((key) => held.get(key)!) : [...held.values()];
    if (order && held.size !== order.length) throw new Error('the order does not name the rows that are held');
  }
}
