import type { TileKind } from '../../gql/graphql';
import { arrange, type Box } from './layout';

const UNIT = 10;
const GAP = 1.6;
const MAX_ROWS = 9;

/** A dashboard seen from far away: where its tiles are and of which kind. */
export function MiniMap({ tiles }: { tiles: readonly { id: string; kind: TileKind; layout: Box }[] }) {
  const placed = arrange(tiles).filter((tile) => tile.layout.y < MAX_ROWS);
  const rows = Math.min(MAX_ROWS, Math.max(4, ...placed.map(({ layout }) => layout.y + layout.h)));
  return (
    <svg viewBox={`0 0 ${12 * UNIT} ${rows * UNIT * 0.62}`} aria-hidden="true" className="h-full w-auto max-w-full">
      {placed.map(({ id, kind, layout }) => (
        <rect
          key={id}
          x={layout.x * UNIT + GAP / 2}
          y={layout.y * UNIT * 0.62 + GAP / 2}
          width={layout.w * UNIT - GAP}
          height={Math.min(layout.h, rows - layout.y) * UNIT * 0.62 - GAP}
          rx="1.5"
          fill={kind === 'NUMBER' ? 'var(--accent)' : 'var(--accent-text)'}
          opacity={kind === 'NUMBER' ? 0.45 : kind === 'TABLE' ? 0.14 : 0.24}
        />
      ))}
    </svg>
  );
}
