import { z } from 'zod';
import { metricQueryInput } from '../query/metric-query.input';

export enum TileKind {
  NUMBER = 'NUMBER',
  LINE = 'LINE',
  AREA = 'AREA',
  BAR = 'BAR',
  TABLE = 'TABLE',
  PIE = 'PIE',
}

const COLUMNS = 12;
export const MOST_TILES = 40;
const MOST_OPTION_BYTES = 10_000;

/** A place on a grid of twelve columns, in cells. */
export const tileLayout = z
  .object({
    x: z
      .number()
      .int()
      .min(0, 'begins at 0')
      .max(COLUMNS - 1),
    y: z.number().int().min(0, 'begins at 0').max(10_000),
    w: z.number().int().min(1, 'at least 1').max(COLUMNS),
    h: z.number().int().min(1, 'at least 1').max(50),
  })
  .refine(({ x, w }) => x + w <= COLUMNS, {
    error: `reaches over the edge: x + w may be at most ${COLUMNS}`,
    path: ['w'],
  });

export type TileLayout = z.output<typeof tileLayout>;

const name = z.string().trim().min(1, 'give it a name').max(100, 'at most 100 characters');
const description = z.string().trim().max(1_000, 'at most 1,000 characters').nullish();

const options = z
  .record(z.string(), z.unknown())
  .refine(
    (value) => JSON.stringify(value).length <= MOST_OPTION_BYTES,
    `at most ${MOST_OPTION_BYTES} bytes of options`,
  );

const id = z.string().max(100);
const version = z.number().int();

export const createDashboardInput = z.object({ name, description });

export const updateDashboardInput = z.object({
  id,
  version,
  name: name.nullish(),
  description,
  /** New places of tiles, all at once: what dragging on the grid makes. */
  layout: z
    .array(z.object({ tileId: id, layout: tileLayout }))
    .max(MOST_TILES)
    .nullish(),
});

export const deleteDashboardInput = z.object({ id, version });

export const addTileInput = z.object({
  dashboardId: id,
  version: version.nullish(),
  title: name,
  kind: z.enum(TileKind),
  query: metricQueryInput,
  /** Without one: below all the others. */
  layout: tileLayout.nullish(),
  options: options.nullish(),
});

export const updateTileInput = z.object({
  id,
  version: version.nullish(),
  title: name.nullish(),
  kind: z.enum(TileKind).nullish(),
  query: metricQueryInput.nullish(),
  layout: tileLayout.nullish(),
  options: options.nullish(),
});

export const removeTileInput = z.object({ id, version: version.nullish() });
