import { createHash } from 'node:crypto';
import { z } from 'zod';
import { DomainError } from '../kernel/errors';
import { canonicalJson } from '../kernel/fingerprint';
import { defineVerb } from '../kernel/verb';
import { datasetDescription, datasetLabel, datasetName, fieldsInput, text } from './fields';
import { FILE_FORMATS } from './formats/detect-format';
import { getUploadInTenant } from './find-upload';
import { ImportRunRow } from './import-run.entity';
import { IMPORT_JOB } from './run/run-import';
import { startRun } from './start-run';

const input = z.object({
  fileId: z.string(),
  name: datasetName,
  label: datasetLabel.nullish(),
  description: datasetDescription.nullish(),
  format: z.enum(FILE_FORMATS).nullish(),
  fields: fieldsInput.nullish(),
  idempotencyKey: text(200).min(1).nullish(),
});

/**
 * Starts the import of an uploaded file and answers at once. An existing dataset of the name gets a new version when the import succeeds,
 * and serves its present one until then. Without fields those of the dataset hold, or they are inferred from the file.
 * The same idempotency key answers the same run; with another input it is a CONFLICT.
 */
export const importDataset = defineVerb({
  name: 'data-sources.importDataset',
  access: 'write:data',
  input,
  async run(ctx, { idempotencyKey = null, ...wanted }) {
    const inputHash = createHash('sha256').update(canonicalJson(wanted)).digest('hex');
    if (idempotencyKey !== null) {
      // Two requests with one key at the same moment: the second waits here and finds the first one's run.
      await ctx.tx.query(`select pg_advisory_xact_lock(hashtextextended($1, 0))`, [
        `import:${ctx.tenantId}:${idempotencyKey}`,
      ]);
      const earlier = await ctx.tx.getRepository(ImportRunRow).findOneBy({ tenantId: ctx.tenantId, idempotencyKey });
      if (earlier) return repeated(earlier, inputHash);
    }
    const upload = await getUploadInTenant(ctx, wanted.fileId);
    const run = await startRun(ctx, {
      name: wanted.name,
      label: wanted.label ?? null,
      description: wanted.description ?? null,
      format: wanted.format ?? upload.format,
      fileName: upload.name,
      fileSize: upload.size,
      source: { kind: 'upload', fileId: upload.fileId },
      fields: wanted.fields ?? null,
      idempotencyKey,
      inputHash,
    });
    await ctx.stores.jobs.send(
      IMPORT_JOB,
      ctx.tenantId,
      { runId: run.id },
      { singletonKey: run.id, transaction: ctx.tx },
    );
    return run;
  },
  audit: ({ name, fileId }, run) => ({
    resource: { type: 'dataset', id: run.datasetId },
    details: { name, fileId, fileName: run.fileName, importId: run.id },
  }),
});

function repeated(run: ImportRunRow, inputHash: string): ImportRunRow {
  if (run.inputHash === inputHash) return run;
  throw new DomainError(
    'CONFLICT',
    'This idempotency key was used for another import. Use a new key for a new import.',
    {
      field: ['idempotencyKey'],
    },
  );
}
