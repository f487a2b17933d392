import { z } from 'zod';
import { In } from 'typeorm';
import type { Ctx } from '../kernel/context';
import { isId } from '../kernel/ids';
import { defineQuery } from '../kernel/verb';
import { text } from './fields';
import { DatasetRow } from './dataset.entity';

/** Whoever sees data or dashboards sees what there is to query. */
export const DATASET_READERS = ['read:data', 'read:dashboards'] as const;

/** The datasets of these ids that are there, in no order. */
export const getDatasets = defineQuery({
  name: 'data-sources.getDatasets',
  access: DATASET_READERS,
  input: z.array(z.string()).max(1_000),
  run: (ctx, ids) => ctx.tx.getRepository(DatasetRow).findBy({ tenantId: ctx.tenantId, id: In(ids.filter(isId)) }),
});

/** The dataset of this name; null when there is none. */
export const getDatasetByName = defineQuery({
  name: 'data-sources.getDatasetByName',
  access: DATASET_READERS,
  input: z.object({ name: text(200) }),
  run: (ctx, { name }) => ctx.tx.getRepository(DatasetRow).findOneBy({ tenantId: ctx.tenantId, name }),
});

/** One dataset by id, batched with the others of the request; null when it is not there or not this tenant's. */
export const loadDataset = (ctx: Ctx, id: string): Promise<DatasetRow | null> =>
  ctx.loaders
    .get<DatasetRow>(
      'data-sources.dataset',
      async (ids) => new Map((await getDatasets(ctx, [...ids])).map((row) => [row.id, row])),
    )
    .load(id);
