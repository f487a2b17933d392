import type { EntityManager } from 'typeorm';
import type { TenantCtx } from '../../kernel/context';
import { DomainError } from '../../kernel/errors';
import { isId } from '../../kernel/ids';
import { datasetNames } from '../datasets/dataset';
import { loadModels } from '../model/model-store';
import { hint, nearNames } from './near-names';
import type { QueryModel } from './resolve-columns';

/** The model of the dataset a query asks, in a short transaction of its own. Throws NOT_FOUND. */
export const loadQueryModel = (ctx: TenantCtx, datasetId: string): Promise<QueryModel> =>
  ctx.stores.database.withTenant(ctx, (tx) => queryModelInTenant(tx, ctx.tenantId, datasetId));

/** As `loadQueryModel`, in the caller's transaction. */
export async function queryModelInTenant(tx: EntityManager, tenantId: string, datasetId: string): Promise<QueryModel> {
  const base = isId(datasetId) ? (await loadModels(tx, tenantId, [datasetId])).get(datasetId) : undefined;
  if (!base) throw await missing(tx, tenantId, datasetId);
  const { joins } = base.model;
  if (joins.length === 0) return { base, targets: new Map() };
  const found = await loadModels(tx, tenantId, [...new Set(joins.map((join) => join.datasetId))]);
  const targets = joins.flatMap(({ name, datasetId: id }) => {
    const target = found.get(id);
    return target ? [[name, target] as const] : [];
  });
  return { base, targets: new Map(targets) };
}

async function missing(tx: EntityManager, tenantId: string, asked: string): Promise<DomainError> {
  const datasets = await datasetNames(tx, tenantId);
  const byName = datasets.find(({ name }) => name === asked);
  const names = datasets.map(({ name }) => name);
  const suggestions = isId(asked) ? [] : nearNames(asked, names);
  const next = byName ? ` Ask by its id: ${byName.id}.` : hint(suggestions, names);
  return new DomainError(
    'NOT_FOUND',
    `There is no dataset "${asked.slice(0, 80)}" here. It may have been deleted, or it is not yours to see.${next}`,
    { field: ['dataset'], suggestions: byName ? [byName.id] : suggestions },
  );
}
