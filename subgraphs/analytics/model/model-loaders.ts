import type { Ctx } from '../../kernel/context';
import { authorize } from '../../kernel/verb';
import { loadModels, type DatasetModel } from './model-store';
import type { MetricDefinition } from './semantic-model';

/** Who may see what can be asked. */
export const MODEL_ACCESS = ['read:data', 'read:dashboards'] as const;

export interface MetricWithId extends MetricDefinition {
  id: string;
  datasetId: string;
}

/** The model of a dataset of this tenant, batched per request; null when there is none. */
export async function modelInTenant(ctx: Ctx, datasetId: string): Promise<DatasetModel | null> {
  authorize(ctx, MODEL_ACCESS);
  const { tenantId } = ctx;
  if (tenantId === null) return null;
  const loader = ctx.loaders.get('semantic-model', (ids) =>
    ctx.stores.database.withTenant(ctx, (tx) => loadModels(tx, tenantId, ids)),
  );
  return loader.load(datasetId);
}

/** A dataset's metrics with their ids. */
export async function metricsInTenant(ctx: Ctx, datasetId: string): Promise<MetricWithId[]> {
  const [model, ids] = await Promise.all([modelInTenant(ctx, datasetId), metricIds(ctx, datasetId)]);
  const metrics = model?.model.metrics ?? [];
  return metrics.flatMap((metric) => {
    const id = ids.get(metric.name);
    return id ? [{ ...metric, id, datasetId }] : [];
  });
}

/** A metric by its id; null when it is not there or not this tenant's. */
export async function metricInTenant(ctx: Ctx, id: string): Promise<MetricWithId | null> {
  authorize(ctx, MODEL_ACCESS);
  const loader = ctx.loaders.get<MetricRow>('metric', async (wanted) => {
    const rows = await metricRows(ctx, 'id', wanted);
    return new Map(rows.map((row) => [row.id, row]));
  });
  const row = await loader.load(id);
  if (!row) return null;
  const metrics = await metricsInTenant(ctx, row.dataset_id);
  return metrics.find((metric) => metric.id === id) ?? null;
}

interface MetricRow {
  id: string;
  dataset_id: string;
  name: string;
}

async function metricIds(ctx: Ctx, datasetId: string): Promise<ReadonlyMap<string, string>> {
  const loader = ctx.loaders.get<ReadonlyMap<string, string>>('metric-ids', async (datasetIds) => {
    const rows = await metricRows(ctx, 'dataset_id', datasetIds);
    const groups = Map.groupBy(rows, (row) => row.dataset_id);
    return new Map([...groups].map(([id, own]) => [id, new Map(own.map((row) => [row.name, row.id]))]));
  });
  return (await loader.load(datasetId)) ?? new Map();
}

const metricRows = (ctx: Ctx, column: 'id' | 'dataset_id', ids: readonly string[]): Promise<MetricRow[]> =>
  ctx.stores.database.withTenant(
    ctx,
    async (tx) =>
      (await tx.query(`select id, dataset_id, name from metrics where tenant_id = $1 and ${column} = any($2::uuid[])`, [
        ctx.tenantId,
        ids,
      ])) as MetricRow[],
  );
