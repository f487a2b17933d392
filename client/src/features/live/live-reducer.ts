import type { LiveDashboardSubscription } from '../../gql/graphql';

export type DashboardEvent = LiveDashboardSubscription['liveDashboard'];
export type LiveEvent = NonNullable<DashboardEvent['event']>;
export type Column = NonNullable<LiveEvent['columns']>[number];
export type Row = LiveEvent['rows'][number];
export type Receipt = LiveEvent['receipt'];

/** What one tile shows. `rows` are in the order of the query. */
export interface TileState {
  columns: readonly Column[];
  rows: readonly Row[];
  receipt: Receipt | undefined;
  error: { code: string; message: string } | undefined;
  /** When the last event for this tile came, in milliseconds of this machine's clock. */
  receivedAt: number;
}

export interface LiveState {
  tiles: Readonly<Record<string, TileState>>;
  /** Continues the stream after a reconnection; undefined asks for snapshots. */
  resumeToken: string | undefined;
  /** A delta came that does not fit what is held: only a new stream from the start can mend it. */
  broken: boolean;
}

export const EMPTY: LiveState = { tiles: {}, resumeToken: undefined, broken: false };

/** Applies one event of the dashboard's stream. Pure; tiles that the event is not about keep their identity. */
export function applyDashboardEvent(state: LiveState, message: DashboardEvent, now: number): LiveState {
  const before = state.tiles[message.tileId];
  const after = applyToTile(before, message, now);
  return {
    tiles: after === before || !after ? state.tiles : { ...state.tiles, [message.tileId]: after },
    resumeToken: message.resumeToken,
    broken: state.broken || (message.event?.kind === 'DELTA' && !before?.receipt),
  };
}

function applyToTile(tile: TileState | undefined, message: DashboardEvent, now: number): TileState | undefined {
  const { event, error } = message;
  if (error) {
    // The last good rows stay on screen beside the error; the reader is told that they are old.
    return { columns: [], rows: [], receipt: undefined, ...tile, error, receivedAt: now };
  }
  if (!event) return tile;
  if (event.kind === 'DELTA') {
    if (!tile?.receipt) return tile;
    return {
      columns: event.columns ?? tile.columns,
      rows: applyDelta(tile.rows, event),
      receipt: event.receipt,
      error: undefined,
      receivedAt: now,
    };
  }
  return {
    columns: event.columns ?? tile?.columns ?? [],
    rows: inOrder(event.rows, event.order),
    receipt: event.receipt,
    error: undefined,
    receivedAt: now,
  };
}

/** Upserts by key, removes, then sorts by `order` where the event carries one. Unknown rows go to the end. */
export function applyDelta(rows: readonly Row[], delta: Pick<LiveEvent, 'rows' | 'removed' | 'order'>): readonly Row[] {
  if (delta.rows.length === 0 && delta.removed.length === 0 && !delta.order) return rows;
  const byKey = new Map(rows.map((row) => [row.key, row]));
  for (const key of delta.removed) byKey.delete(key);
  for (const row of delta.rows) byKey.set(row.key, row);
  return inOrder([...byKey.values()], delta.order);
}

function inOrder(rows: readonly Row[], order: readonly string[] | null | undefined): readonly Row[] {
  if (!order) return rows;
  const position = new Map(order.map((key, index) => [key, index]));
  const at = (row: Row): number => position.get(row.key) ?? order.length;
  return [...rows].sort((a, b) => at(a) - at(b));
}
