import type { TxCtx } from '../kernel/context';
import { notFound } from '../kernel/errors';
import { isId } from '../kernel/ids';
import { DatasetRow } from './dataset.entity';

/** The dataset, or NOT_FOUND. With `lock` its row stays ours until the transaction ends. */
export async function getDatasetInTenant(
  ctx: Pick<TxCtx, 'tx' | 'tenantId'>,
  id: string,
  options: { lock?: boolean } = {},
): Promise<DatasetRow> {
  if (!isId(id)) throw notFound('dataset', id);
  const row = await ctx.tx.getRepository(DatasetRow).findOne({
    where: { tenantId: ctx.tenantId, id },
    ...(options.lock ? { lock: { mode: 'pessimistic_write' as const } } : {}),
  });
  if (!row) throw notFound('dataset', id);
  return row;
}
