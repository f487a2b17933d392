import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useMutation } from 'urql';
import { UpdateDashboardDocument, type DashboardQuery } from '../../gql/graphql';
import { firstError } from '../../lib/errors';
import { arrange, place, rowBeside, type Box } from './layout';
import type { Tile } from './tile-draft';

type Dashboard = NonNullable<DashboardQuery['dashboard']>;

export interface Arrangement {
  /** In reading order, which is also the order in the document; while one is held, that order stands still. */
  tiles: Tile[];
  /** A handle has the focus or is dragged: moving its element in the document would take both away. */
  hold(held: boolean): void;
  /** Why the last arrangement could not be kept; the stored one is shown again. */
  error: { code: string; message: string } | undefined;
  /** Shows a tile elsewhere, without storing it yet. */
  move(id: string, box: Box): void;
  /** One step by keyboard. */
  step(id: string, direction: 'up' | 'down' | 'left' | 'right', resize: boolean): void;
  /** Stores what is shown. */
  save(): void;
}

/** Keyboard steps are stored together, this long after the last one. */
const SETTLE_MS = 700;

/** The tiles' places: the stored ones, or those of a move that is under way or being stored. */
export function useArrangement(dashboard: Dashboard): Arrangement {
  const stored = useMemo(() => arrange(dashboard.tiles), [dashboard.tiles]);
  const [moved, setMoved] = useState<Tile[]>();
  const [error, setError] = useState<Arrangement['error']>();
  const [, update] = useMutation(UpdateDashboardDocument);
  const shown = moved ?? stored;
  const latest = useRef(shown);
  latest.current = shown;
  const version = useRef(dashboard.version);
  const settle = useRef<ReturnType<typeof setTimeout>>(undefined);

  // What the server says replaces the move, once it says something new.
  useEffect(() => {
    version.current = Math.max(version.current, dashboard.version);
    setMoved(undefined);
  }, [dashboard.tiles, dashboard.version]);
  useEffect(() => () => clearTimeout(settle.current), []);

  const move = useCallback((id: string, box: Box) => {
    setError(undefined);
    setMoved((latest.current = place(latest.current, id, box)));
  }, []);

  const [frozen, setFrozen] = useState<string[]>();
  const hold = useCallback(
    (held: boolean) => setFrozen((ids) => (held ? (ids ?? latest.current.map((tile) => tile.id)) : undefined)),
    [],
  );
  const tiles = useMemo(() => (frozen ? inOrder(shown, frozen) : shown), [shown, frozen]);

  const { id } = dashboard;
  const save = useCallback(() => {
    clearTimeout(settle.current);
    const layout = latest.current.map((tile) => ({ tileId: tile.id, layout: tile.layout }));
    void update({ input: { id, version: version.current, layout } }).then(({ data, error: failure }) => {
      const problem = failure ? firstError(failure) : data?.updateDashboard.userErrors[0];
      version.current = data?.updateDashboard.dashboard?.version ?? version.current;
      if (!problem) return;
      setError(problem);
      setMoved(undefined);
    });
  }, [id, update]);

  const step = useCallback<Arrangement['step']>(
    (tileId, direction, resize) => {
      const box = latest.current.find((tile) => tile.id === tileId)?.layout;
      if (!box) return;
      move(
        tileId,
        resize
          ? grown(box, direction)
          : shifted(box, direction, rowBeside(latest.current, tileId, direction === 'up' ? 'up' : 'down')),
      );
      clearTimeout(settle.current);
      settle.current = setTimeout(save, SETTLE_MS);
    },
    [move, save],
  );

  return useMemo(() => ({ tiles, error, hold, move, step, save }), [tiles, error, hold, move, step, save]);
}

const inOrder = (tiles: readonly Tile[], ids: readonly string[]): Tile[] =>
  [...tiles].sort((a, b) => (ids.indexOf(a.id) + 1 || Infinity) - (ids.indexOf(b.id) + 1 || Infinity));

type Direction = Parameters<Arrangement['step']>[1];

const grown = (box: Box, direction: Direction): Box => ({
  ...box,
  w: Math.max(2, box.w + (direction === 'right' ? 1 : direction === 'left' ? -1 : 0)),
  h: Math.max(2, box.h + (direction === 'down' ? 1 : direction === 'up' ? -1 : 0)),
});

const shifted = (box: Box, direction: Direction, row: number | undefined): Box =>
  direction === 'left' || direction === 'right'
    ? { ...box, x: box.x + (direction === 'right' ? 1 : -1) }
    : { ...box, y: row ?? box.y };
