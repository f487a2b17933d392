import type { DashboardEntity } from './dashboard.entity';
import type { Dashboard, Tile } from './dashboard.types';
import type { TileEntity } from './tile.entity';

export const toDashboard = (row: DashboardEntity): Dashboard => ({
  id: row.id,
  name: row.name,
  description: row.description,
  owner: row.ownerId === null ? null : { id: row.ownerId },
  createdAt: row.createdAt,
  updatedAt: row.updatedAt,
  version: row.version,
});

export const toTile = ({ id, title, kind, query, layout, options }: TileEntity): Tile => ({
  id,
  title,
  kind,
  dataset: { id: query.dataset },
  query: {
    ...query,
    timeRange: query.timeRange && {
      from: toDate(query.timeRange.from),
      to: toDate(query.timeRange.to),
      last: query.timeRange.last,
    },
  },
  layout,
  options,
});

const toDate = (text: string | null): Date | null => (text === null ? null : new Date(text));
