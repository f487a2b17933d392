import type { TxCtx } from '../kernel/context';
import { notFound } from '../kernel/errors';
import { isId } from '../kernel/ids';
import { ImportRunRow } from './import-run.entity';

/** The run, or NOT_FOUND. With `lock` its row stays ours until the transaction ends. */
export async function getImportRunInTenant(
  ctx: Pick<TxCtx, 'tx' | 'tenantId'>,
  id: string,
  options: { lock?: boolean } = {},
): Promise<ImportRunRow> {
  if (!isId(id)) throw notFound('import', id);
  const row = await ctx.tx.getRepository(ImportRunRow).findOne({
    where: { tenantId: ctx.tenantId, id },
    ...(options.lock ? { lock: { mode: 'pessimistic_write' as const } } : {}),
  });
  if (!row) throw notFound('import', id);
  return row;
}
