import { z } from 'zod';
import type { Ctx, TxCtx } from '../kernel/context';
import { DomainError } from '../kernel/errors';
import { isId } from '../kernel/ids';
import { defineVerb } from '../kernel/verb';
import { DatasetRow } from './dataset.entity';
import { emitDeleted } from './events';
import { getDatasetInTenant } from './find-dataset';
import { dropLater } from './run/attempt';
import { GRACE_MS } from './run/drop-tables';
import { announce } from './run/progress';

const input = z.object({ id: z.string() });

const remove = defineVerb({
  name: 'data-sources.deleteDataset',
  access: 'write:data',
  input,
  async run(ctx, { id }) {
    // Runs first, then the dataset: the order in which workers lock, so that neither waits for the other for ever.
    const locked = isId(id) ? await openRuns(ctx, id, { lock: true }) : [];
    const dataset = await getDatasetInTenant(ctx, id, { lock: true });
    const active = await openRuns(ctx, id);
    if (!active.every((runId) => locked.includes(runId))) {
      throw new DomainError(
        'CONFLICT',
        'An import into this dataset has just begun. Delete it again to stop that, too.',
        {
          field: ['id'],
        },
      );
    }
    await dropLater(ctx.tx, ctx.tenantId, 'dataset_id = $3', id, new Date(ctx.clock.now().getTime() + GRACE_MS));
    await ctx.tx.getRepository(DatasetRow).delete({ tenantId: ctx.tenantId, id });
    await emitDeleted(ctx.tx, { ...dataset, version: dataset.version + 1 });
    return { dataset, activeRuns: active };
  },
  audit: ({ id }, { dataset }) => ({ resource: { type: 'dataset', id }, details: { name: dataset.name } }),
});

/** Deletes a dataset with its imports; CONFLICT when one begins at the same moment. Nobody finds it any more from now on; its tables go after running queries have had time to end. */
export async function deleteDataset(ctx: Ctx, given: z.input<typeof input>): Promise<DatasetRow> {
  const { dataset, activeRuns } = await remove(ctx, given);
  for (const runId of activeRuns)
    await announce({ stores: ctx.stores, logger: ctx.log }, dataset.tenantId, runId, true);
  return dataset;
}

/** Ids of the dataset's imports that have not ended; with `lock` those stay ours until the transaction ends. */
async function openRuns(ctx: TxCtx, datasetId: string, options: { lock?: boolean } = {}): Promise<string[]> {
  const rows = (await ctx.tx.query(
    `select id from import_run where tenant_id = $1 and dataset_id = $2 and status in ('QUEUED', 'RUNNING')
     order by id ${options.lock ? 'for update' : ''}`,
    [ctx.tenantId, datasetId],
  )) as { id: string }[];
  return rows.map(({ id }) => id);
}
