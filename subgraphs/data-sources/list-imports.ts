import { z } from 'zod';
import { LessThan } from 'typeorm';
import { createCursors, pageInput, toConnection } from '../kernel/graphql/connection';
import { defineQuery } from '../kernel/verb';
import { ImportRunRow } from './import-run.entity';

/** The imports of one dataset, newest first. */
export const listImports = defineQuery({
  name: 'data-sources.listImports',
  access: 'read:data',
  input: pageInput.extend({ datasetId: z.uuid() }),
  async run(ctx, { datasetId, ...page }) {
    const cursors = createCursors(ctx.stores.secrets);
    const list = `imports:${datasetId}`;
    const before = page.after ? cursors.decode(ctx.tenantId, list, page.after) : null;
    const rows = await ctx.tx.getRepository(ImportRunRow).find({
      where: { tenantId: ctx.tenantId, datasetId, ...(before === null ? {} : { id: LessThan(before) }) },
      order: { id: 'desc' },
      take: page.first + 1,
    });
    return toConnection(
      rows,
      page,
      (row) => cursors.encode(ctx.tenantId, list, row.id),
      (row) => row,
    );
  },
});
