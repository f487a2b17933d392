import { MoreThan } from 'typeorm';
import { createCursors, pageInput, toConnection } from '../kernel/graphql/connection';
import { defineQuery } from '../kernel/verb';
import { DatasetRow } from './dataset.entity';
import { DATASET_READERS } from './get-dataset';

const LIST = 'datasets';

/** The tenant's datasets in the order of their names. */
export const listDatasets = defineQuery({
  name: 'data-sources.listDatasets',
  access: DATASET_READERS,
  input: pageInput,
  async run(ctx, page) {
    const cursors = createCursors(ctx.stores.secrets);
    const after = page.after ? cursors.decode(ctx.tenantId, LIST, page.after) : null;
    const rows = await ctx.tx.getRepository(DatasetRow).find({
      where: { tenantId: ctx.tenantId, ...(after === null ? {} : { name: MoreThan(after) }) },
      order: { name: 'asc' },
      take: page.first + 1,
    });
    return toConnection(
      rows,
      page,
      (row) => cursors.encode(ctx.tenantId, LIST, row.name),
      (row) => row,
    );
  },
});
