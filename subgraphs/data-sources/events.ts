import type { EntityManager } from 'typeorm';
import { DATASET_DELETED, DATASET_PUBLISHED, type DatasetPublished } from '../kernel/dataset-events';
import { emitEvent } from '../kernel/outbox/outbox';
import type { DatasetRow } from './dataset.entity';

/** Announces a dataset as it is now. The caller has raised its version in the same transaction. */
export function emitPublished(tx: EntityManager, dataset: DatasetRow, at: Date): Promise<void> {
  const payload: DatasetPublished = {
    datasetId: dataset.id,
    name: dataset.name,
    label: dataset.label,
    kind: dataset.kind,
    fields: dataset.fields.map(({ name, type, nullable, description }) => ({ name, type, nullable, description })),
    table: dataset.tableName,
    version: dataset.version,
    rowCount: dataset.rowCount,
    importId: dataset.publishedImportId,
    publishedAt: at.toISOString(),
  };
  return emitEvent(tx, { tenantId: dataset.tenantId, key: dataset.id, type: DATASET_PUBLISHED, payload });
}

export function emitDeleted(tx: EntityManager, dataset: DatasetRow): Promise<void> {
  const payload = { datasetId: dataset.id, version: dataset.version };
  return emitEvent(tx, { tenantId: dataset.tenantId, key: dataset.id, type: DATASET_DELETED, payload });
}
