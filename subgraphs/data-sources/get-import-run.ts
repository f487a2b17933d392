import { z } from 'zod';
import { In } from 'typeorm';
import type { Ctx } from '../kernel/context';
import { isId } from '../kernel/ids';
import { defineQuery } from '../kernel/verb';
import { getImportRunInTenant } from './find-import-run';
import { ImportRunRow } from './import-run.entity';

/** One run as it stands, read anew each time. NOT_FOUND when it is not this tenant's. */
export const getImportRun = defineQuery({
  name: 'data-sources.getImportRun',
  access: 'read:data',
  input: z.object({ id: z.string() }),
  run: (ctx, { id }) => getImportRunInTenant(ctx, id),
});

const getImportRuns = defineQuery({
  name: 'data-sources.getImportRuns',
  access: 'read:data',
  input: z.array(z.string()).max(1_000),
  run: (ctx, ids) => ctx.tx.getRepository(ImportRunRow).findBy({ tenantId: ctx.tenantId, id: In(ids.filter(isId)) }),
});

const getLastImports = defineQuery({
  name: 'data-sources.getLastImports',
  access: 'read:data',
  input: z.array(z.string()).max(1_000),
  run: (ctx, datasetIds) =>
    ctx.tx
      .getRepository(ImportRunRow)
      .createQueryBuilder('run')
      .distinctOn(['run.datasetId'])
      .where('run.tenantId = :tenant and run.datasetId in (:...ids)', { tenant: ctx.tenantId, ids: datasetIds })
      .orderBy('run.datasetId')
      .addOrderBy('run.id', 'DESC')
      .getMany(),
});

/** One run by id, batched with the others of the request; null when it is not there. */
export const loadImportRun = (ctx: Ctx, id: string): Promise<ImportRunRow | null> =>
  ctx.loaders
    .get<ImportRunRow>('data-sources.importRun', async (ids) => byKey(await getImportRuns(ctx, [...ids]), 'id'))
    .load(id);

/** The newest run of a dataset, however it ended; batched. */
export const loadLastImport = (ctx: Ctx, datasetId: string): Promise<ImportRunRow | null> =>
  ctx.loaders
    .get<ImportRunRow>('data-sources.lastImport', async (ids) =>
      byKey(await getLastImports(ctx, [...ids]), 'datasetId'),
    )
    .load(datasetId);

const byKey = (rows: readonly ImportRunRow[], key: 'id' | 'datasetId'): Map<string, ImportRunRow> =>
  new Map(rows.map((row) => [row[key], row]));
