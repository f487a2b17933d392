import { defineVerb } from '../../kernel/verb';
import { removeTileInput } from './dashboard.inputs';
import { saveChange, tileForChange } from './dashboards-in-tenant';
import { TileEntity } from './tile.entity';

/** Takes a tile off its dashboard. Throws NOT_FOUND, VERSION_CONFLICT (the dashboard's). */
export const removeTile = defineVerb({
  name: 'analytics.removeTile',
  access: 'write:dashboards',
  input: removeTileInput,
  async run(ctx, { id, version }) {
    const { dashboard } = await tileForChange(ctx, id, version);
    await ctx.tx.getRepository(TileEntity).delete({ tenantId: ctx.tenantId, id });
    return saveChange(ctx, dashboard);
  },
  audit: ({ id }, dashboard) => ({ resource: { type: 'tile', id }, details: { dashboardId: dashboard.id } }),
});
