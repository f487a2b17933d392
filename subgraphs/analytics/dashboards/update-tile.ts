import { defineVerb } from '../../kernel/verb';
import { updateTileInput } from './dashboard.inputs';
import { checkTileQuery, saveChange, tileForChange } from './dashboards-in-tenant';
import { TileEntity } from './tile.entity';

/** Changes a tile; what is left out stays. Throws NOT_FOUND, VERSION_CONFLICT (the dashboard's), UNKNOWN_*, INVALID_INPUT. */
export const updateTile = defineVerb({
  name: 'analytics.updateTile',
  access: 'write:dashboards',
  input: updateTileInput,
  async run(ctx, { id, version, title, kind, query, layout, options }) {
    const { tile, dashboard } = await tileForChange(ctx, id, version);
    if (query) await checkTileQuery(ctx, query);
    Object.assign(tile, {
      title: title ?? tile.title,
      kind: kind ?? tile.kind,
      query: query ?? tile.query,
      layout: layout ?? tile.layout,
      options: options ?? tile.options,
    });
    await ctx.tx.getRepository(TileEntity).save(tile);
    return { tile, dashboard: await saveChange(ctx, dashboard) };
  },
  audit: ({ id, ...changed }, { tile }) => ({
    resource: { type: 'tile', id },
    details: { dashboardId: tile.dashboardId, changed: Object.keys(changed).filter((key) => key !== 'version') },
  }),
});
