import type {
  MetricFilterInput,
  MetricOrderInput,
  MetricQueryInput,
  TileKind,
  TilePartsFragment,
  TimeGrain,
} from '../../gql/graphql';

export type Tile = TilePartsFragment;

/** A tile as its dialog edits it. */
export interface TileDraft {
  title: string;
  kind: TileKind;
  dataset: string | undefined;
  measures: string[];
  dimensions: string[];
  grain: TimeGrain | undefined;
  /** ISO 8601 duration up to now; empty for all time. */
  last: string;
  limit: number;
  /** Kept as they are: the dialog does not edit filters and fixed ranges. */
  filters: MetricFilterInput[];
  fixedRange: { from?: string | null; to?: string | null } | undefined;
  w: number;
  h: number;
}

export const TILE_KINDS: readonly TileKind[] = ['NUMBER', 'LINE', 'AREA', 'BAR', 'PIE', 'TABLE'];
export const GRAINS: readonly TimeGrain[] = ['MINUTE', 'FIVE_MINUTES', 'HOUR', 'DAY', 'WEEK', 'MONTH', 'YEAR'];
export const RANGES = ['', 'PT1H', 'P1D', 'P7D', 'P30D', 'P90D', 'P365D'] as const;

const SIZES: Record<TileKind, { w: number; h: number; limit: number }> = {
  NUMBER: { w: 3, h: 2, limit: 1000 },
  LINE: { w: 6, h: 4, limit: 1000 },
  AREA: { w: 6, h: 4, limit: 1000 },
  BAR: { w: 6, h: 4, limit: 10 },
  PIE: { w: 4, h: 4, limit: 12 },
  TABLE: { w: 6, h: 4, limit: 100 },
};

export const emptyDraft = (dataset: string | undefined): TileDraft => ({
  title: '',
  kind: 'LINE',
  dataset,
  measures: [],
  dimensions: [],
  grain: undefined,
  last: '',
  filters: [],
  fixedRange: undefined,
  ...SIZES.LINE,
});

export function draftOf(tile: Tile): TileDraft {
  const { query, layout } = tile;
  return {
    title: tile.title,
    kind: tile.kind,
    dataset: query.dataset,
    measures: [...query.measures],
    dimensions: [...query.dimensions],
    grain: query.grain ?? undefined,
    last: query.timeRange?.last ?? '',
    limit: query.limit,
    filters: query.filters.map(({ field, op, values }) => ({ field, op, values: [...values] })),
    fixedRange: query.timeRange && !query.timeRange.last ? query.timeRange : undefined,
    w: layout.w,
    h: layout.h,
  };
}

/** Another kind of tile wants another size and length, unless the reader chose their own. */
export function withKind(draft: TileDraft, kind: TileKind): TileDraft {
  const before = SIZES[draft.kind];
  const usual = draft.w === before.w && draft.h === before.h && draft.limit === before.limit;
  return { ...draft, kind, ...(usual ? SIZES[kind] : {}) };
}

/** Another dataset has other measures: what belongs to the old one goes. */
export const withDataset = (draft: TileDraft, dataset: string): TileDraft => ({
  ...draft,
  dataset,
  measures: [],
  dimensions: [],
  grain: undefined,
  filters: [],
});

export type Missing = 'title' | 'dataset' | 'measures' | 'axis';

/** What is still to be chosen before the tile can be saved, or without the title: before it can be shown. */
export function missingIn(draft: TileDraft): Missing[] {
  const missing: Missing[] = [];
  if (!draft.title.trim()) missing.push('title');
  if (!draft.dataset) missing.push('dataset');
  if (draft.measures.length === 0) missing.push('measures');
  const needsAxis = draft.kind === 'LINE' || draft.kind === 'AREA' || draft.kind === 'BAR' || draft.kind === 'PIE';
  if (needsAxis && draft.dimensions.length === 0 && !draft.grain) missing.push('axis');
  return missing;
}

/** The query of a draft; undefined while dataset or measures are missing. */
export function queryOf(draft: TileDraft): MetricQueryInput | undefined {
  if (!draft.dataset || draft.measures.length === 0) return undefined;
  const range = draft.last
    ? { last: draft.last }
    : draft.fixedRange && { from: draft.fixedRange.from, to: draft.fixedRange.to };
  return {
    dataset: draft.dataset,
    measures: draft.measures,
    dimensions: draft.dimensions,
    filters: draft.filters,
    ...(draft.grain ? { grain: draft.grain } : {}),
    ...(range ? { timeRange: range } : {}),
    orderBy: orderOf(draft),
    limit: draft.limit,
  };
}

function orderOf(draft: TileDraft): MetricOrderInput[] {
  if (draft.grain) return [{ field: 'time', descending: draft.kind === 'TABLE' }];
  const [measure] = draft.measures;
  return measure && draft.dimensions.length > 0 ? [{ field: measure, descending: true }] : [];
}
