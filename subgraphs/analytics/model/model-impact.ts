import type { TxCtx } from '../../kernel/context';
import { DomainError } from '../../kernel/errors';
import { TileEntity } from '../dashboards/tile.entity';
import type { QueryModel } from '../query/resolve-columns';
import { resolvePlan } from '../query/resolve';

/** A tile that a definition leaves without an answer. */
export interface AffectedTile {
  tileId: string;
  dashboardId: string;
  title: string;
  message: string;
}

/** The tiles that ask this dataset and could no longer be answered under the given model. */
export async function affectedTiles(ctx: TxCtx, models: QueryModel): Promise<AffectedTile[]> {
  const tiles = await ctx.tx
    .getRepository(TileEntity)
    .createQueryBuilder('tile')
    .where(`tile.tenant_id = :tenantId and tile.query->>'dataset' = :dataset`, {
      tenantId: ctx.tenantId,
      dataset: models.base.dataset.id,
    })
    .orderBy('tile.id')
    .getMany();
  return tiles.flatMap(({ id, dashboardId, title, query }) => {
    try {
      resolvePlan(ctx.tenantId, query, models, ctx.clock.now());
      return [];
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      return [{ tileId: id, dashboardId, title, message: error.message }];
    }
  });
}
