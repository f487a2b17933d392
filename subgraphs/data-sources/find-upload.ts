import type { TxCtx } from '../kernel/context';
import { notFound } from '../kernel/errors';
import { isId } from '../kernel/ids';
import { UploadRow } from './upload.entity';

/** The uploaded file, or NOT_FOUND; files of other kinds and tenants are none. */
export async function getUploadInTenant(
  { tx, tenantId }: Pick<TxCtx, 'tx' | 'tenantId'>,
  fileId: string,
): Promise<UploadRow> {
  const row = isId(fileId) ? await tx.getRepository(UploadRow).findOneBy({ tenantId, fileId }) : null;
  if (!row) throw notFound('uploaded file', fileId);
  return row;
}
