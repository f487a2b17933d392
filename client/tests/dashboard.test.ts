import fc from 'fast-check';
import {
  arrange,
  COLUMNS,
  freePlace,
  place,
  rowBeside,
  wideOnPhone,
  type Box,
} from '../src/features/dashboards/layout';
import {
  draftOf,
  emptyDraft,
  missingIn,
  queryOf,
  withDataset,
  withKind,
  type Tile,
} from '../src/features/dashboards/tile-draft';
import {
  fieldInputs,
  fieldsOf,
  isName,
  labelFrom,
  nameFrom,
  type Discovery,
} from '../src/features/datasets/import-draft';
import { backoff } from '../src/lib/backoff';
import { byField } from '../src/lib/errors';

const overlap = (a: Box, b: Box): boolean => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
const box = fc.record({
  x: fc.integer({ min: -3, max: 20 }),
  y: fc.integer({ min: -3, max: 30 }),
  w: fc.integer({ min: 0, max: 20 }),
  h: fc.integer({ min: 0, max: 8 }),
});

describe('the layout', () => {
  it('lets a number fill the row of a phone when nothing would stand beside it', () => {
    const wide = (...tiles: ['NUMBER' | 'LINE', number][]) => [
      ...wideOnPhone(tiles.map(([kind, w], id) => ({ id: String(id), kind, layout: { x: 0, y: id, w, h: 2 } }))),
    ];
    expect(wide(['NUMBER', 3], ['NUMBER', 3])).toEqual([]);
    expect(wide(['NUMBER', 3], ['NUMBER', 3], ['NUMBER', 3])).toEqual(['2']);
    expect(wide(['NUMBER', 3], ['LINE', 6], ['NUMBER', 3], ['NUMBER', 3])).toEqual(['0']);
    expect(wide(['NUMBER', 3], ['NUMBER', 6], ['NUMBER', 4])).toEqual(['1', '0', '2']);
    expect(wide(['LINE', 3], ['LINE', 12])).toEqual([]);
  });

  it('never overlaps, never leaves the grid, keeps every tile and is stable', () => {
    fc.assert(
      fc.property(fc.array(box, { maxLength: 20 }), (boxes) => {
        const tiles = boxes.map((layout, id) => ({ id, layout }));
        const arranged = arrange(tiles);
        expect(arranged.map(({ id }) => id).sort((a, b) => a - b)).toEqual(tiles.map(({ id }) => id));
        for (const { id, layout } of arranged) {
          expect(layout.x).toBeGreaterThanOrEqual(0);
          expect(layout.x + layout.w).toBeLessThanOrEqual(COLUMNS);
          expect(arranged.some((other) => other.id !== id && overlap(other.layout, layout))).toBe(false);
        }
        expect(arrange(arranged)).toEqual(arranged);
      }),
    );
  });

  it('lets a moved tile end where it was dropped, and the others make room', () => {
    const tile = (id: string, x: number, y: number, w: number, h: number) => ({ id, layout: { x, y, w, h } });
    const tiles = [tile('a', 0, 0, 6, 4), tile('b', 6, 0, 6, 4), tile('c', 0, 4, 6, 4)];
    const at = (moved: typeof tiles, id: string) => moved.find((one) => one.id === id)?.layout;

    const down = place(tiles, 'a', { x: 0, y: rowBeside(tiles, 'a', 'down') ?? 0, w: 6, h: 4 });
    expect([at(down, 'c')?.y, at(down, 'a')?.y, at(down, 'b')]).toEqual([0, 4, { x: 6, y: 0, w: 6, h: 4 }]);
    const back = place(down, 'a', { x: 0, y: rowBeside(down, 'a', 'up') ?? 0, w: 6, h: 4 });
    expect(back).toEqual(arrange(tiles));

    const swapped = place(tiles, 'b', { x: 0, y: 0, w: 6, h: 4 });
    expect(at(swapped, 'b')).toEqual({ x: 0, y: 0, w: 6, h: 4 });
    expect(at(swapped, 'a')?.y).toBe(4);
    expect(rowBeside(tiles, 'a', 'up')).toBeUndefined();
  });

  it('keeps the rules of the grid whatever is moved where', () => {
    fc.assert(
      fc.property(fc.array(box, { minLength: 1, maxLength: 12 }), fc.nat(), box, (boxes, pick, target) => {
        const tiles = arrange(boxes.map((layout, index) => ({ id: String(index), layout })));
        const moved = place(tiles, String(pick % tiles.length), target);
        expect(moved.map(({ id }) => id).sort()).toEqual(tiles.map(({ id }) => id).sort());
        for (const { id, layout } of moved) {
          expect(layout.x + layout.w).toBeLessThanOrEqual(COLUMNS);
          expect(moved.some((other) => other.id !== id && overlap(other.layout, layout))).toBe(false);
        }
      }),
    );
  });

  it('finds the first free place for a new tile', () => {
    expect(freePlace([], 6, 4)).toEqual({ x: 0, y: 0, w: 6, h: 4 });
    expect(freePlace([{ x: 0, y: 0, w: 6, h: 4 }], 6, 4)).toEqual({ x: 6, y: 0, w: 6, h: 4 });
    expect(freePlace([{ x: 0, y: 0, w: 8, h: 2 }], 6, 2)).toEqual({ x: 0, y: 2, w: 6, h: 2 });
  });
});

describe('a tile being edited', () => {
  const tile: Tile = {
    id: 't1',
    title: 'Delay',
    kind: 'LINE',
    options: {},
    layout: { x: 0, y: 0, w: 6, h: 4 },
    query: {
      dataset: 'd1',
      measures: ['avg_delay'],
      dimensions: ['carrier'],
      grain: 'DAY',
      limit: 1000,
      timeRange: { from: '2001-01-01T00:00:00Z', to: null, last: null },
      filters: [{ field: 'origin', op: 'EQ', values: ['ATL'] }],
      orderBy: [{ field: 'time', descending: false }],
    },
  };

  it('keeps what the dialog does not show: filters and fixed ranges', () => {
    expect(queryOf(draftOf(tile))).toEqual({
      ...tile.query,
      timeRange: { from: '2001-01-01T00:00:00Z', to: null },
    });
  });

  it('says what is missing, by kind', () => {
    expect(missingIn(emptyDraft(undefined))).toEqual(['title', 'dataset', 'measures', 'axis']);
    expect(missingIn({ ...emptyDraft('d1'), title: 'x', kind: 'NUMBER', measures: ['n'] })).toEqual([]);
    expect(missingIn({ ...emptyDraft('d1'), title: 'x', kind: 'PIE', measures: ['n'] })).toEqual(['axis']);
  });

  it('takes the usual size of a kind, but not over a size somebody chose', () => {
    expect(withKind(emptyDraft('d1'), 'NUMBER')).toMatchObject({ w: 3, h: 2 });
    expect(withKind({ ...emptyDraft('d1'), w: 12 }, 'NUMBER')).toMatchObject({ w: 12, h: 4 });
  });

  it('forgets measures, dimensions and filters with their dataset, and sorts a top list by its measure', () => {
    expect(withDataset(draftOf(tile), 'd2')).toMatchObject({
      measures: [],
      dimensions: [],
      filters: [],
      grain: undefined,
    });
    const bars = { ...emptyDraft('d1'), kind: 'BAR' as const, measures: ['n'], dimensions: ['carrier'] };
    expect(queryOf(bars)?.orderBy).toEqual([{ field: 'n', descending: true }]);
  });
});

describe('an import being prepared', () => {
  it.each([
    ['Flights 2024.csv', 'flights_2024'],
    ['3rd quarter.parquet', 'rd_quarter'],
    ['Übersicht.json', 'ubersicht'],
    ['数据.csv', 'dataset'],
    [`${'x'.repeat(90)}.csv`, 'x'.repeat(63)],
  ])('makes a name the API accepts out of %s', (file, name) => {
    expect(nameFrom(file)).toBe(name);
    expect(isName(name)).toBe(true);
  });

  it('sends the columns that are included, with the new type', () => {
    const discovery: Discovery = {
      format: 'CSV',
      rowCount: 2,
      sampleRows: [],
      fields: [
        { name: 'a', type: 'STRING', nullable: true },
        { name: 'b', type: 'INTEGER', nullable: false },
      ],
    };
    const [a, b] = fieldsOf(discovery);
    if (!a || !b) throw new Error('two fields');
    expect(
      fieldInputs([
        { ...a, included: false },
        { ...b, type: 'FLOAT' },
      ]),
    ).toEqual([{ name: 'b', type: 'FLOAT', nullable: false }]);
    expect(labelFrom('us_flights-2001.csv')).toBe('us flights 2001');
  });
});

describe('small things', () => {
  it('wait longer each time, within bounds, never all at the same moment', () => {
    const waits = [0, 1, 2, 3, 10, 1000].map((attempt) => backoff(attempt, () => 1));
    expect(waits).toEqual([500, 1000, 2000, 4000, 20_000, 20_000]);
    expect(backoff(3, () => 0)).toBe(1000);
  });

  it('sort user errors to their fields', () => {
    const errors = [
      { code: 'INVALID_INPUT', field: ['input', 'email'], message: 'first' },
      { code: 'INVALID_INPUT', field: ['input', 'email'], message: 'second' },
      { code: 'CONFLICT', field: null, message: 'whole' },
    ];
    const sorted = byField(errors, ['email', 'password'] as const);
    expect(sorted.fields.email?.message).toBe('first');
    expect(sorted.fields.password).toBeUndefined();
    expect(sorted.others).toHaveLength(1);
  });
});
