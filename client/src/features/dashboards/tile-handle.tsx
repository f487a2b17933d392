import { useRef, type KeyboardEvent, type PointerEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { Box } from './layout';
import type { Tile } from './tile-draft';
import type { Arrangement } from './use-arrangement';

const KEYS: Record<string, 'up' | 'down' | 'left' | 'right'> = {
  ArrowUp: 'up',
  ArrowDown: 'down',
  ArrowLeft: 'left',
  ArrowRight: 'right',
};

export interface HandleProps {
  tile: Tile;
  kind: 'move' | 'resize';
  arrangement: Pick<Arrangement, 'hold' | 'move' | 'step' | 'save'>;
}

/** Moves or resizes a tile: by dragging, or with the arrow keys while it has the focus. On a phone tiles are stacked and have none. */
export function TileHandle({ tile, kind, arrangement }: HandleProps) {
  const { t } = useTranslation();
  const start = useRef<{ x: number; y: number; box: Box; last: Box; cell: { w: number; h: number } }>(undefined);

  const down = (event: PointerEvent<HTMLButtonElement>): void => {
    const grid = event.currentTarget.closest('.tile-grid');
    if (!grid || event.button !== 0) return;
    arrangement.hold(true);
    event.currentTarget.setPointerCapture(event.pointerId);
    start.current = { x: event.clientX, y: event.clientY, box: tile.layout, last: tile.layout, cell: cellOf(grid) };
  };
  const drag = (event: PointerEvent): void => {
    const from = start.current;
    if (!from) return;
    const dx = Math.round((event.clientX - from.x) / from.cell.w);
    const dy = Math.round((event.clientY - from.y) / from.cell.h);
    const { box } = from;
    const next =
      kind === 'move'
        ? { ...box, x: box.x + dx, y: Math.max(0, box.y + dy) }
        : { ...box, w: Math.max(2, box.w + dx), h: Math.max(2, box.h + dy) };
    if (next.x === from.last.x && next.y === from.last.y && next.w === from.last.w && next.h === from.last.h) return;
    from.last = next;
    arrangement.move(tile.id, next);
  };
  const up = (event: PointerEvent): void => {
    const from = start.current;
    start.current = undefined;
    if (document.activeElement !== event.currentTarget) arrangement.hold(false);
    if (from && from.last !== from.box) arrangement.save();
  };
  const key = (event: KeyboardEvent): void => {
    const direction = KEYS[event.key];
    if (!direction) return;
    event.preventDefault();
    arrangement.step(tile.id, direction, kind === 'resize');
  };

  return (
    <button
      type="button"
      aria-label={t(kind === 'move' ? 'tile.move' : 'tile.resize', { title: tile.title })}
      title={t(kind === 'move' ? 'tile.move' : 'tile.resize', { title: tile.title })}
      data-testid={`tile-${kind}`}
      onPointerDown={down}
      onPointerMove={drag}
      onPointerUp={up}
      onPointerCancel={up}
      onKeyDown={key}
      onFocus={() => arrangement.hold(true)}
      onBlur={() => arrangement.hold(false)}
      className={`hidden touch-none text-text-3 opacity-0 transition-opacity group-focus-within:opacity-100 group-hover:opacity-100 focus-visible:opacity-100 md:block ${
        kind === 'move'
          ? '!cursor-grab rounded p-1 active:!cursor-grabbing'
          : 'absolute right-0 bottom-0 !cursor-nwse-resize p-1'
      }`}
    >
      <svg width="14" height="14" viewBox="0 0 14 14" fill="currentColor" stroke="currentColor" aria-hidden="true">
        {kind === 'move' ? (
          <path
            d="M4.5 2.5h.01M9.5 2.5h.01M4.5 7h.01M9.5 7h.01M4.5 11.5h.01M9.5 11.5h.01"
            strokeWidth="2"
            strokeLinecap="round"
          />
        ) : (
          <path d="M12 5.5 5.5 12M12 9.5 9.5 12" strokeWidth="1.3" strokeLinecap="round" fill="none" />
        )}
      </svg>
    </button>
  );
}

/** The size of one cell with its gap, in pixels. */
function cellOf(grid: Element): { w: number; h: number } {
  const style = getComputedStyle(grid);
  const gap = parseFloat(style.columnGap) || 0;
  const row = parseFloat(style.gridAutoRows) || 68;
  return { w: (grid.clientWidth + gap) / 12, h: row + (parseFloat(style.rowGap) || 0) };
}
