import { notFound } from '../../kernel/errors';
import { defineVerb } from '../../kernel/verb';
import { updateDashboardInput } from './dashboard.inputs';
import { dashboardForChange, saveChange, tilesOf } from './dashboards-in-tenant';
import { TileEntity } from './tile.entity';

/** Renames a dashboard, describes it, or moves its tiles. What is left out stays. Throws NOT_FOUND, VERSION_CONFLICT. */
export const updateDashboard = defineVerb({
  name: 'analytics.updateDashboard',
  access: 'write:dashboards',
  input: updateDashboardInput,
  async run(ctx, { id, version, name, description, layout }) {
    const dashboard = await dashboardForChange(ctx, id, version);
    if (name != null) dashboard.name = name;
    if (description !== undefined) dashboard.description = description || null;
    if (layout?.length) {
      const tiles = new Map((await tilesOf(ctx, id)).map((tile) => [tile.id, tile]));
      const moved = layout.map(({ tileId, layout: place }) => {
        const tile = tiles.get(tileId);
        if (!tile) throw notFound('tile', tileId);
        return Object.assign(tile, { layout: place });
      });
      await ctx.tx.getRepository(TileEntity).save(moved);
    }
    return saveChange(ctx, dashboard);
  },
  audit: ({ id, name, layout }, { version }) => ({
    resource: { type: 'dashboard', id },
    details: { version, ...(name ? { name } : {}), tilesMoved: layout?.length ?? 0 },
  }),
});
