import { z } from 'zod';
import type { Ctx } from '../kernel/context';
import { DomainError } from '../kernel/errors';
import { defineVerb } from '../kernel/verb';
import { getImportRunInTenant } from './find-import-run';
import { ImportRunRow, isFinished } from './import-run.entity';
import { announce } from './run/progress';

const input = z.object({ id: z.string() });

const markCancelled = defineVerb({
  name: 'data-sources.cancelImport',
  access: 'write:data',
  input,
  async run(ctx, { id }) {
    const run = await getImportRunInTenant(ctx, id, { lock: true });
    if (run.status === 'CANCELLED') return run;
    if (isFinished(run.status)) {
      throw new DomainError('CONFLICT', `The import has ended already (${run.status}). There is nothing to cancel.`, {
        field: ['id'],
      });
    }
    Object.assign(run, {
      status: 'CANCELLED',
      stage: 'cancelled',
      finishedAt: ctx.clock.now(),
    } satisfies Partial<ImportRunRow>);
    await ctx.tx.getRepository(ImportRunRow).save(run);
    return run;
  },
  audit: ({ id }, run) => ({ resource: { type: 'import', id }, details: { datasetId: run.datasetId } }),
});

/** Stops an import; its half table goes and the dataset serves what it served. The worker hears of it at once, and at its next step in any case. */
export async function cancelImport(ctx: Ctx, given: z.input<typeof input>): Promise<ImportRunRow> {
  const run = await markCancelled(ctx, given);
  await announce({ stores: ctx.stores, logger: ctx.log }, run.tenantId, run.id, true);
  return run;
}
