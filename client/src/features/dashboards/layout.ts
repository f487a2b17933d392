export interface Box {
  x: number;
  y: number;
  w: number;
  h: number;
}

export const COLUMNS = 12;

const overlaps = (a: Box, b: Box): boolean => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;

const clamp = (box: Box): Box => {
  const w = Math.min(COLUMNS, Math.max(1, box.w));
  return { w, h: Math.max(1, box.h), x: Math.min(COLUMNS - w, Math.max(0, box.x)), y: Math.max(0, box.y) };
};

/** Rows and columns in reading order. */
const inReadingOrder = <T extends { layout: Box }>(tiles: readonly T[]): T[] =>
  [...tiles].sort((a, b) => a.layout.y - b.layout.y || a.layout.x - b.layout.x);

/**
 * Lays tiles out without overlaps and without empty rows: each moves up as far as it can, whatever boxes are stored (an API client may have
 * stored any). Returns the tiles in reading order, which is also the order on a phone and of the keyboard.
 */
export function arrange<T extends { layout: Box }>(tiles: readonly T[]): T[] {
  const placed: Box[] = [];
  const arranged = inReadingOrder(tiles).map((tile) => {
    let box = { ...clamp(tile.layout), y: 0 };
    while (placed.some((other) => overlaps(box, other))) box = { ...box, y: box.y + 1 };
    placed.push(box);
    return { ...tile, layout: box };
  });
  return inReadingOrder(arranged);
}

/** Wider than this a number keeps a phone's whole row to itself. */
const NARROW = 4;

/**
 * The number tiles that are as wide as a phone, of tiles in reading order: the wide ones, and the last of an odd run of narrow ones, which
 * would leave a hole beside it in the two columns there.
 */
export function wideOnPhone(tiles: readonly { id: string; kind: string; layout: Box }[]): ReadonlySet<string> {
  const wide = new Set<string>();
  let alone: string | undefined;
  for (const { id, kind, layout } of tiles) {
    if (kind === 'NUMBER' && layout.w <= NARROW) {
      alone = alone === undefined ? id : undefined;
      continue;
    }
    if (kind === 'NUMBER') wide.add(id);
    if (alone !== undefined) wide.add(alone);
    alone = undefined;
  }
  return alone === undefined ? wide : wide.add(alone);
}

/** The first free place, in reading order, for a box of this size. */
export function freePlace(taken: readonly Box[], w: number, h: number): Box {
  for (let y = 0; ; y++) {
    for (let x = 0; x + w <= COLUMNS; x++) {
      const box = { x, y, w, h };
      if (!taken.some((other) => overlaps(box, other))) return box;
    }
  }
}

type Placed = { id: string; layout: Box };

/**
 * Puts one tile elsewhere or gives it another size; the others make room. Moving down it takes its place behind those it meets, moving up
 * before them, so that it ends where it was dropped.
 */
export function place<T extends Placed>(tiles: readonly T[], id: string, box: Box): T[] {
  const from = tiles.find((tile) => tile.id === id)?.layout;
  const nudge = from && box.y > from.y ? 0.5 : -0.5;
  const moved = tiles.map((tile) => ({
    tile,
    layout: tile.id === id ? { ...clamp(box), y: Math.max(0, box.y) + nudge } : tile.layout,
  }));
  const order = inReadingOrder(moved);
  const whole = order.map(({ tile, layout }, index) => ({ ...tile, layout: { ...layout, y: index } }));
  // The order is now in `y`; compacting needs no more of the rows than that.
  return arrange(whole);
}

/** Where a tile goes one step up or down: to the row of the nearest tile above or below that shares a column. */
export function rowBeside(tiles: readonly Placed[], id: string, direction: 'up' | 'down'): number | undefined {
  const own = tiles.find((tile) => tile.id === id)?.layout;
  if (!own) return undefined;
  const rows = tiles
    .filter(({ id: other, layout }) => other !== id && layout.x < own.x + own.w && own.x < layout.x + layout.w)
    .map(({ layout }) => layout.y)
    .filter((y) => (direction === 'up' ? y < own.y : y > own.y));
  if (rows.length === 0) return undefined;
  return direction === 'up' ? Math.max(...rows) : Math.min(...rows);
}
