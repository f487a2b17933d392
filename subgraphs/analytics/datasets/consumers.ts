import { isDeepStrictEqual } from 'node:util';
import { DATASET_DELETED, DATASET_PUBLISHED } from '../../kernel/dataset-events';
import type { TxCtx } from '../../kernel/context';
import type { EventHandlers } from '../../kernel/outbox/consume-events';
import { fieldsOf, type DatasetRow } from './dataset';
import { defaultModel } from '../model/default-model';
import { announceReady, deleteModels, saveModel } from '../model/model-store';
import type { SemanticModel } from '../model/semantic-model';
import { applyDeleted, applyPublished } from './project-datasets';

/** Keeps the projection of datasets, with a definition for each, from data-sources' events. */
export const datasetHandlers: EventHandlers = {
  [DATASET_PUBLISHED]: async (ctx, event) => {
    const published = await applyPublished(ctx, event.payload);
    if (!published) return;
    await followFields(ctx, published.datasetId);
    await announceReady(ctx, published.datasetId, { version: published.version });
  },
  [DATASET_DELETED]: async (ctx, event) => {
    const datasetId = await applyDeleted(ctx, event.payload);
    const [left] = (await ctx.tx.query(`select 1 from datasets where tenant_id = $1 and dataset_id = $2`, [
      ctx.tenantId,
      datasetId,
    ])) as unknown[];
    if (left) return;
    await deleteModels(ctx, datasetId);
    await announceReady(ctx, datasetId, { deleted: true });
  },
};

/** A dataset without a definition gets one; one that we made follows the fields; one that somebody wrote is left alone. */
async function followFields(ctx: TxCtx, datasetId: string): Promise<void> {
  const [row] = (await ctx.tx.query(
    `select d.kind, d.fields, m.generated, m.definition from datasets d
     left join lateral (
       select generated, definition from semantic_models s
       where s.tenant_id = d.tenant_id and s.dataset_id = d.dataset_id order by version desc limit 1
     ) m on true
     where d.tenant_id = $1 and d.dataset_id = $2`,
    [ctx.tenantId, datasetId],
  )) as (Pick<DatasetRow, 'kind' | 'fields'> & { generated: boolean | null; definition: SemanticModel | null })[];
  if (!row || row.generated === false) return;
  const definition = defaultModel({ fields: fieldsOf(row.kind, row.fields) });
  if (!isDeepStrictEqual(definition, row.definition)) await saveModel(ctx, datasetId, definition, true);
}
