import fc from 'fast-check';
import {
  applyDashboardEvent,
  applyDelta,
  EMPTY,
  type DashboardEvent,
  type LiveEvent,
  type LiveState,
  type Row,
} from '../src/features/live/live-reducer';

const receipt: LiveEvent['receipt'] = {
  freshness: '2026-01-01T00:00:00Z',
  watermark: null,
  version: 'v1',
  rowsScanned: 1,
  bytesScanned: 1,
  elapsedMs: 1,
  cost: 0,
  cache: 'MISS',
  policies: ['tenant'],
  stale: false,
};
const columns: LiveEvent['columns'] = [
  { name: 'n', label: 'N', role: 'MEASURE', type: 'INTEGER', unit: 'NUMBER', derive: null },
];

const message = (event: Partial<LiveEvent> | null, more: Partial<DashboardEvent> = {}): DashboardEvent => ({
  tileId: 'tile',
  resumeToken: 'r1',
  error: null,
  event: event && {
    kind: 'SNAPSHOT',
    columns: null,
    rows: [],
    removed: [],
    order: null,
    resumeToken: 'r1',
    receipt,
    ...event,
  },
  ...more,
});

/** What a correct server sends to turn `before` into `after`. */
function diff(before: readonly Row[], after: readonly Row[]): Pick<LiveEvent, 'rows' | 'removed' | 'order'> {
  const old = new Map(before.map((row) => [row.key, row.values]));
  const keys = new Set(after.map((row) => row.key));
  const rows = after.filter((row) => JSON.stringify(old.get(row.key)) !== JSON.stringify(row.values));
  const removed = before.filter((row) => !keys.has(row.key)).map((row) => row.key);
  const naive = applyDelta(before, { rows, removed, order: null });
  const sameOrder = naive.every((row, index) => row.key === after[index]?.key);
  return { rows, removed, order: sameOrder ? null : after.map((row) => row.key) };
}

const result = fc.uniqueArray(
  fc.record({
    key: fc.constantFrom(...'abcdefghij'),
    values: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 1 }),
  }),
  { selector: (row) => row.key },
);

describe('the live reducer', () => {
  it('ends with the final rows in their order, whatever the results between were', () => {
    fc.assert(
      fc.property(fc.array(result, { minLength: 1, maxLength: 12 }), (results) => {
        const [first = [], ...others] = results;
        let state = applyDashboardEvent(EMPTY, message({ columns, rows: first }), 1);
        let held = first;
        for (const next of others) {
          state = applyDashboardEvent(state, message({ kind: 'DELTA', ...diff(held, next) }), 2);
          held = next;
        }
        expect(state.tiles['tile']?.rows).toEqual(held);
        expect(state.broken).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  it('forgets what it held on RESET', () => {
    const first = applyDashboardEvent(EMPTY, message({ columns, rows: [{ key: 'a', values: [1] }] }), 1);
    const reset = applyDashboardEvent(first, message({ kind: 'RESET', columns, rows: [{ key: 'b', values: [2] }] }), 2);
    expect(reset.tiles['tile']?.rows).toEqual([{ key: 'b', values: [2] }]);
  });

  it('keeps the columns when a delta or reset does not repeat them, and takes the newest resume token', () => {
    let state = applyDashboardEvent(EMPTY, message({ columns }), 1);
    state = applyDashboardEvent(state, message({ kind: 'RESET' }, { resumeToken: 'r2' }), 2);
    state = applyDashboardEvent(state, message({ kind: 'DELTA' }, { resumeToken: 'r3' }), 3);
    expect(state.tiles['tile']?.columns).toEqual(columns);
    expect(state.resumeToken).toBe('r3');
  });

  it('keeps the last good rows beside an error and clears the error with the next event', () => {
    const rows = [{ key: 'a', values: [1] }];
    let state = applyDashboardEvent(EMPTY, message({ columns, rows }), 1);
    state = applyDashboardEvent(state, message(null, { error: { code: 'QUERY_TIMEOUT', message: 'Too slow.' } }), 2);
    expect(state.tiles['tile']).toMatchObject({ rows, error: { code: 'QUERY_TIMEOUT' } });
    state = applyDashboardEvent(state, message({ kind: 'DELTA', rows: [{ key: 'a', values: [2] }] }), 3);
    expect(state.tiles['tile']).toMatchObject({ rows: [{ key: 'a', values: [2] }], error: undefined });
  });

  it('asks for a new start when a delta comes before any snapshot', () => {
    const state = applyDashboardEvent(EMPTY, message({ kind: 'DELTA', rows: [{ key: 'a', values: [1] }] }), 1);
    expect(state.broken).toBe(true);
    expect(state.tiles['tile']).toBeUndefined();
  });

  it('leaves tiles alone that the event is not about', () => {
    const first: LiveState = applyDashboardEvent(EMPTY, message({ columns }), 1);
    const second = applyDashboardEvent(first, message({ columns }, { tileId: 'other' }), 2);
    expect(second.tiles['tile']).toBe(first.tiles['tile']);
  });
});
