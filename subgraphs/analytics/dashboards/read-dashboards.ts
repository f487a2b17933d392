import { z } from 'zod';
import { In, MoreThan } from 'typeorm';
import type { Ctx } from '../../kernel/context';
import { createCursors, pageInput, toConnection } from '../../kernel/graphql/connection';
import { isId } from '../../kernel/ids';
import { authorize, defineQuery } from '../../kernel/verb';
import { DashboardEntity } from './dashboard.entity';
import { TileEntity } from './tile.entity';

const LIST = 'dashboards';

/** The tenant's dashboards in the order in which they were made, a page at a time. */
export const listDashboards = defineQuery({
  name: 'analytics.listDashboards',
  access: 'read:dashboards',
  input: pageInput,
  async run(ctx, page) {
    const cursors = createCursors(ctx.stores.secrets);
    const after = page.after ? cursors.decode(ctx.tenantId, LIST, page.after) : null;
    const rows = await ctx.tx.getRepository(DashboardEntity).find({
      where: { tenantId: ctx.tenantId, ...(after ? { id: MoreThan(after) } : {}) },
      order: { id: 'ASC' },
      take: page.first + 1,
    });
    const cursorOf = ({ id }: DashboardEntity) => cursors.encode(ctx.tenantId, LIST, id);
    return toConnection(rows, page, cursorOf, (row) => row);
  },
});

/** Dashboards of the tenant by id, in one query; unknown ones are missing. */
const loadDashboards = defineQuery({
  name: 'analytics.loadDashboards',
  access: 'read:dashboards',
  input: z.array(z.uuid()).max(1_000),
  run: (ctx, ids) => ctx.tx.getRepository(DashboardEntity).findBy({ tenantId: ctx.tenantId, id: In(ids) }),
});

/** Tiles of the tenant's dashboards, in one query, in the order in which they were added. */
const loadTiles = defineQuery({
  name: 'analytics.loadTiles',
  access: 'read:dashboards',
  input: z.object({ by: z.enum(['id', 'dashboardId']), ids: z.array(z.uuid()).max(1_000) }),
  run: (ctx, { by, ids }) =>
    ctx.tx.getRepository(TileEntity).find({ where: { tenantId: ctx.tenantId, [by]: In(ids) }, order: { id: 'ASC' } }),
});

/** Null when it is not there or not this tenant's. */
export async function dashboardInTenant(ctx: Ctx, id: unknown): Promise<DashboardEntity | null> {
  authorize(ctx, 'read:dashboards');
  if (!isId(id)) return null;
  const loader = ctx.loaders.get(
    'dashboard',
    async (ids) => new Map((await loadDashboards(ctx, [...ids])).map((row) => [row.id, row])),
  );
  return loader.load(id);
}

/** Null when it is not there or not this tenant's. */
export async function tileInTenant(ctx: Ctx, id: unknown): Promise<TileEntity | null> {
  authorize(ctx, 'read:dashboards');
  if (!isId(id)) return null;
  const loader = ctx.loaders.get(
    'tile',
    async (ids) => new Map((await loadTiles(ctx, { by: 'id', ids: [...ids] })).map((row) => [row.id, row])),
  );
  return loader.load(id);
}

export async function tilesOfDashboard(ctx: Ctx, dashboardId: string): Promise<TileEntity[]> {
  const loader = ctx.loaders.get('tiles', async (ids) =>
    Map.groupBy(await loadTiles(ctx, { by: 'dashboardId', ids: [...ids] }), (tile) => tile.dashboardId),
  );
  return (await loader.load(dashboardId)) ?? [];
}

/** A dashboard with its tiles as they are now, past every loader; null when it is not there or not this tenant's. */
export const loadDashboardWithTiles = defineQuery({
  name: 'analytics.loadDashboardWithTiles',
  access: 'read:dashboards',
  input: z.object({ id: z.string() }),
  async run({ tx, tenantId }, { id }) {
    const dashboard = isId(id) ? await tx.getRepository(DashboardEntity).findOneBy({ tenantId, id }) : null;
    if (!dashboard) return null;
    const tiles = await tx
      .getRepository(TileEntity)
      .find({ where: { tenantId, dashboardId: id }, order: { id: 'ASC' } });
    return { dashboard, tiles };
  },
});
