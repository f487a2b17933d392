import { z } from 'zod';
import { MoreThan } from 'typeorm';
import { createCursors, pageInput, toConnection } from '../kernel/graphql/connection';
import { defineQuery } from '../kernel/verb';
import { RejectionRow } from './rejection.entity';

/** The rejected rows of one import in the order of the file; the first 1,000 are kept. */
export const listRejections = defineQuery({
  name: 'data-sources.listRejections',
  access: 'read:data',
  input: pageInput.extend({ runId: z.uuid() }),
  async run(ctx, { runId, ...page }) {
    const cursors = createCursors(ctx.stores.secrets);
    const list = `rejections:${runId}`;
    const after = page.after ? Number(cursors.decode(ctx.tenantId, list, page.after)) : 0;
    const rows = await ctx.tx.getRepository(RejectionRow).find({
      where: { tenantId: ctx.tenantId, runId, position: MoreThan(after) },
      order: { position: 'asc' },
      take: page.first + 1,
    });
    return toConnection(
      rows,
      page,
      (row) => cursors.encode(ctx.tenantId, list, String(row.position)),
      (row) => row,
    );
  },
});
