import type { EntityManager } from 'typeorm';
import { actorId, type TxCtx } from '../../kernel/context';
import { newId } from '../../kernel/ids';
import { emitEvent } from '../../kernel/outbox/outbox';
import { toDataset, type Dataset, type DatasetRow } from '../datasets/dataset';
import { DATASET_READY } from '../events';
import type { ModelDefinition, SemanticModel } from './semantic-model';

/** A dataset with the definition in force. */
export interface DatasetModel {
  dataset: Dataset;
  model: SemanticModel;
}

type ModelRow = DatasetRow & { model_version: number; generated: boolean; definition: ModelDefinition };

/** The tenant's datasets with these ids and their models, by id; unknown ones are missing. */
export async function loadModels(
  tx: EntityManager,
  tenantId: string,
  ids: readonly string[],
): Promise<Map<string, DatasetModel>> {
  const rows = (await tx.query(
    `select d.*, m.version as model_version, m.generated, m.definition
     from datasets d
     join lateral (
       select version, generated, definition from semantic_models s
       where s.tenant_id = d.tenant_id and s.dataset_id = d.dataset_id order by version desc limit 1
     ) m on true
     where d.tenant_id = $1 and d.dataset_id = any($2::uuid[])`,
    [tenantId, ids],
  )) as ModelRow[];
  return new Map(
    rows.map((row) => [
      row.dataset_id,
      {
        dataset: toDataset(row),
        model: { ...row.definition, version: row.model_version, generated: row.generated },
      },
    ]),
  );
}

/** Writes the next version of a dataset's definition, keeps the ids of metrics that stay, and answers the new version. */
export async function saveModel(
  ctx: TxCtx,
  datasetId: string,
  definition: ModelDefinition,
  generated: boolean,
): Promise<number> {
  const [row] = (await ctx.tx.query(
    `insert into semantic_models (tenant_id, dataset_id, version, generated, definition, created_at, created_by)
     select $1, $2, coalesce(max(version), 0) + 1, $3, $4, $5, $6
     from semantic_models where tenant_id = $1 and dataset_id = $2
     returning version`,
    [ctx.tenantId, datasetId, generated, JSON.stringify(definition), ctx.clock.now(), actorId(ctx.actor)],
  )) as { version: number }[];
  const names = definition.metrics.map(({ name }) => name);
  await ctx.tx.query(`delete from metrics where tenant_id = $1 and dataset_id = $2 and name <> all($3::text[])`, [
    ctx.tenantId,
    datasetId,
    names,
  ]);
  await ctx.tx.query(
    `insert into metrics (tenant_id, dataset_id, id, name)
     select $1, $2, * from unnest($3::uuid[], $4::text[])
     on conflict (tenant_id, dataset_id, name) do nothing`,
    [ctx.tenantId, datasetId, names.map(newId), names],
  );
  return row!.version;
}

/** Lets every process know, once this transaction is committed, that the dataset or its model is another one now. */
export const announceReady = (ctx: TxCtx, datasetId: string, change: Record<string, unknown>): Promise<void> =>
  emitEvent(ctx.tx, {
    tenantId: ctx.tenantId,
    key: datasetId,
    type: DATASET_READY,
    payload: { datasetId, ...change },
  });

/** Forgets a deleted dataset's definitions. */
export async function deleteModels(ctx: TxCtx, datasetId: string): Promise<void> {
  for (const table of ['semantic_models', 'metrics']) {
    await ctx.tx.query(`delete from ${table} where tenant_id = $1 and dataset_id = $2`, [ctx.tenantId, datasetId]);
  }
}
