import { z } from 'zod';
import type { Ctx } from '../kernel/context';
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
    const dataset = await getDatasetInTenant(ctx, id, { lock: true });
    const active = (await ctx.tx.query(
      `select id from import_run where tenant_id = $1 and dataset_id = $2 and status in ('QUEUED', 'RUNNING')`,
      [ctx.tenantId, id],
    )) as { id: string }[];
    await dropLater(ctx.tx, ctx.tenantId, 'dataset_id = $3', id, new Date(ctx.clock.now().getTime() + GRACE_MS));
    await ctx.tx.getRepository(DatasetRow).delete({ tenantId: ctx.tenantId, id });
    await emitDeleted(ctx.tx, { ...dataset, version: dataset.version + 1 });
    return { dataset, activeRuns: active.map((run) => run.id) };
  },
  audit: ({ id }, { dataset }) => ({ resource: { type: 'dataset', id }, details: { name: dataset.name } }),
});

/** Deletes a dataset with its imports. Nobody finds it any more from now on; its tables go after running queries have had time to end. */
export async function deleteDataset(ctx: Ctx, given: z.input<typeof input>): Promise<DatasetRow> {
  const { dataset, activeRuns } = await remove(ctx, given);
  for (const runId of activeRuns)
    await announce({ stores: ctx.stores, logger: ctx.log }, dataset.tenantId, runId, true);
  return dataset;
}
