import { DomainError } from '../../kernel/errors';
import { newId } from '../../kernel/ids';
import { defineVerb } from '../../kernel/verb';
import { addTileInput, MOST_TILES, type TileLayout } from './dashboard.inputs';
import { checkTileQuery, dashboardForChange, saveChange, tilesOf } from './dashboards-in-tenant';
import { TileEntity } from './tile.entity';

/** Adds a tile whose query can be answered as the model is now. Throws NOT_FOUND, VERSION_CONFLICT, UNKNOWN_*, INVALID_INPUT. */
export const addTile = defineVerb({
  name: 'analytics.addTile',
  access: 'write:dashboards',
  input: addTileInput,
  async run(ctx, { dashboardId, version, title, kind, query, layout, options }) {
    const dashboard = await dashboardForChange(ctx, dashboardId, version);
    const others = await tilesOf(ctx, dashboardId);
    if (others.length >= MOST_TILES) {
      throw new DomainError(
        'INVALID_INPUT',
        `A dashboard has at most ${MOST_TILES} tiles. Remove one, or make another dashboard.`,
        {
          field: ['dashboardId'],
        },
      );
    }
    await checkTileQuery(ctx, query);
    const tile = await ctx.tx.getRepository(TileEntity).save(
      Object.assign(new TileEntity(), {
        tenantId: ctx.tenantId,
        id: newId(),
        dashboardId,
        title,
        kind,
        query,
        layout: layout ?? below(others),
        options: options ?? {},
      }),
    );
    return { tile, dashboard: await saveChange(ctx, dashboard) };
  },
  audit: ({ title, kind }, { tile }) => ({
    resource: { type: 'tile', id: tile.id },
    details: { dashboardId: tile.dashboardId, title, kind },
  }),
});

const below = (others: readonly TileEntity[]): TileLayout => ({
  x: 0,
  y: Math.max(0, ...others.map(({ layout: { y, h } }) => y + h)),
  w: 6,
  h: 4,
});
