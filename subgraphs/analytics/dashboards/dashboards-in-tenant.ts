import type { Actor, TxCtx } from '../../kernel/context';
import { DomainError, notFound } from '../../kernel/errors';
import { isId } from '../../kernel/ids';
import { emitEvent } from '../../kernel/outbox/outbox';
import { DASHBOARD_CHANGED } from '../events';
import { queryModelInTenant } from '../query/load-query-model';
import type { MetricQuery } from '../query/metric-query.input';
import { resolvePlan } from '../query/resolve';
import { DashboardEntity } from './dashboard.entity';
import { TileEntity } from './tile.entity';

/** The dashboard, locked for a change; throws NOT_FOUND, or VERSION_CONFLICT when the caller saw an older one. */
export async function dashboardForChange(
  ctx: TxCtx,
  id: string,
  expected: number | null | undefined,
): Promise<DashboardEntity> {
  const dashboard = isId(id)
    ? await ctx.tx
        .getRepository(DashboardEntity)
        .findOne({ where: { tenantId: ctx.tenantId, id }, lock: { mode: 'pessimistic_write' } })
    : null;
  if (!dashboard) throw notFound('dashboard', id.slice(0, 80));
  if (expected == null || expected === dashboard.version) return dashboard;
  throw new DomainError(
    'VERSION_CONFLICT',
    `The dashboard was changed meanwhile (version ${dashboard.version}, yours is ${expected}). Load it again and repeat your change.`,
    { field: ['version'] },
  );
}

/** The tile and its dashboard, locked for a change. Throws NOT_FOUND or VERSION_CONFLICT. */
export async function tileForChange(
  ctx: TxCtx,
  id: string,
  expected: number | null | undefined,
): Promise<{ tile: TileEntity; dashboard: DashboardEntity }> {
  const where = { tenantId: ctx.tenantId, id };
  const tiles = ctx.tx.getRepository(TileEntity);
  const seen = isId(id) ? await tiles.findOneBy(where) : null;
  if (!seen) throw notFound('tile', id.slice(0, 80));
  const dashboard = await dashboardForChange(ctx, seen.dashboardId, expected);
  // Read again under the dashboard's lock: it may have changed, or gone, while we waited.
  const tile = await tiles.findOneBy(where);
  if (!tile) throw notFound('tile', id);
  return { tile, dashboard };
}

/** Writes the dashboard's next version and lets open dashboards know. */
export async function saveChange(ctx: TxCtx, dashboard: DashboardEntity): Promise<DashboardEntity> {
  dashboard.version += 1;
  dashboard.updatedAt = ctx.clock.now();
  await ctx.tx.getRepository(DashboardEntity).save(dashboard);
  await emitEvent(ctx.tx, {
    tenantId: ctx.tenantId,
    key: dashboard.id,
    type: DASHBOARD_CHANGED,
    payload: { dashboardId: dashboard.id, version: dashboard.version },
  });
  return dashboard;
}

export const tilesOf = (ctx: TxCtx, dashboardId: string): Promise<TileEntity[]> =>
  ctx.tx.getRepository(TileEntity).find({ where: { tenantId: ctx.tenantId, dashboardId }, order: { id: 'ASC' } });

/** Checks a tile's query against the model as it is now. Throws what `metricQuery` would, with the path under `query`. */
export async function checkTileQuery(ctx: TxCtx, query: MetricQuery): Promise<void> {
  try {
    const models = await queryModelInTenant(ctx.tx, ctx.tenantId, query.dataset);
    resolvePlan(ctx.tenantId, query, models, ctx.clock.now());
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    const field = ['query', ...(error.details.field ?? [])];
    throw new DomainError(error.code, error.message, { ...error.details, field });
  }
}

/** The user a dashboard belongs to; an API key's dashboards belong to nobody. */
export function ownerOf(actor: Actor): string | null {
  if (actor.kind === 'service') return ownerOf(actor.onBehalfOf);
  return actor.kind === 'user' ? actor.userId : null;
}
