import { In } from 'typeorm';
import type { TxCtx } from '../kernel/context';
import { DomainError } from '../kernel/errors';
import { newId } from '../kernel/ids';
import { userIdOf } from './actor';
import { DatasetRow, type StoredField } from './dataset.entity';
import type { FormatName } from './formats/detect-format';
import { ImportRunRow, type ImportSource } from './import-run.entity';

/** Of one tenant, so that nobody's queue keeps all others waiting. */
export const MAX_OPEN_RUNS = 20;

export interface NewRun {
  name: string;
  label: string | null;
  description: string | null;
  format: FormatName;
  fileName: string;
  fileSize: number;
  source: ImportSource;
  fields: StoredField[] | null;
  idempotencyKey: string | null;
  inputHash: string | null;
}

/** Writes a queued run for the dataset of this name, which is made when it is not there. One import at a time and dataset: else CONFLICT. */
export async function startRun(ctx: TxCtx, input: NewRun): Promise<ImportRunRow> {
  const dataset = await datasetForImport(ctx, input);
  const runs = ctx.tx.getRepository(ImportRunRow);
  const active = await runs.findOne({
    where: [
      { tenantId: ctx.tenantId, datasetId: dataset.id, status: 'QUEUED' },
      { tenantId: ctx.tenantId, datasetId: dataset.id, status: 'RUNNING' },
    ],
  });
  if (active) {
    throw new DomainError(
      'CONFLICT',
      `"${input.name}" is being imported already. Wait for that import to end, or cancel it.`,
      {
        field: ['name'],
        importId: active.id,
      },
    );
  }
  const open = await runs.count({ where: { tenantId: ctx.tenantId, status: In(['QUEUED', 'RUNNING']) } });
  if (open >= MAX_OPEN_RUNS) {
    throw new DomainError(
      'RATE_LIMITED',
      `${open} imports of this workspace are waiting or running. Wait for some to end.`,
      {
        retryAfterSeconds: 60,
      },
    );
  }
  const run = runs.create({
    tenantId: ctx.tenantId,
    id: newId(),
    datasetId: dataset.id,
    status: 'QUEUED',
    format: input.format,
    fileName: input.fileName,
    source: input.source,
    fields: input.fields,
    label: input.label,
    description: input.description,
    attempt: 0,
    stage: 'queued',
    rowsRead: 0,
    rowsLoaded: 0,
    rowsRejected: 0,
    fileRows: null,
    bytesDone: 0,
    bytesTotal: input.fileSize,
    reconciled: null,
    errorCode: null,
    errorMessage: null,
    idempotencyKey: input.idempotencyKey,
    inputHash: input.inputHash,
    startedBy: userIdOf(ctx.actor),
    createdAt: ctx.clock.now(),
    startedAt: null,
    finishedAt: null,
    heartbeatAt: ctx.clock.now(),
  });
  await runs.insert(run);
  return run;
}

/** The dataset with its row locked, so that two imports cannot begin at once. */
async function datasetForImport(ctx: TxCtx, input: NewRun): Promise<DatasetRow> {
  const now = ctx.clock.now();
  await ctx.tx.query(
    `insert into dataset (tenant_id, id, name, label, description, kind, created_by, created_at, updated_at)
     values ($1, $2, $3, $4, $5, 'TABLE', $6, $7, $7) on conflict (tenant_id, name) do nothing`,
    [ctx.tenantId, newId(), input.name, input.label ?? input.name, input.description, userIdOf(ctx.actor), now],
  );
  const dataset = await ctx.tx.getRepository(DatasetRow).findOneOrFail({
    where: { tenantId: ctx.tenantId, name: input.name },
    lock: { mode: 'pessimistic_write' },
  });
  if (dataset.kind === 'EVENTS') {
    throw new DomainError('CONFLICT', `"${input.name}" is fed by events and takes no files. Choose another name.`, {
      field: ['name'],
    });
  }
  return dataset;
}
