import type { EntityManager } from 'typeorm';
import type { z } from 'zod';
import type { datasetField } from '../../kernel/dataset-events';
import { FieldType } from '../../kernel/graphql/shared-types';

/** A field of a dataset, as queries see it. */
export type DatasetField = z.infer<typeof datasetField>;

/** A dataset as analytics knows it: the newest announced publication. */
export interface Dataset {
  id: string;
  name: string;
  label: string;
  kind: 'TABLE' | 'EVENTS';
  fields: DatasetField[];
  /** `datasets.ds_<id>_v<n>`; null for events. */
  table: string | null;
  version: number;
  rowCount: number | null;
  importId: string | null;
  publishedAt: Date;
}

/** A row of the projection; its fields were parsed when they were announced. */
export interface DatasetRow {
  dataset_id: string;
  name: string;
  label: string;
  kind: 'TABLE' | 'EVENTS';
  fields: DatasetField[];
  table_name: string | null;
  version: number;
  row_count: string | null;
  import_id: string | null;
  published_at: Date;
}

/** What every event has, whatever its dataset declares. */
export const EVENT_FIELDS: readonly DatasetField[] = [
  { name: 'name', type: FieldType.STRING, nullable: false, description: 'Name of the event.' },
  { name: 'time', type: FieldType.DATETIME, nullable: false, description: 'When it happened.' },
];

/** Names and ids of the tenant's datasets, for suggestions; at most 500. */
export async function datasetNames(tx: EntityManager, tenantId: string): Promise<{ id: string; name: string }[]> {
  return (await tx.query(`select dataset_id as id, name from datasets where tenant_id = $1 order by name limit 500`, [
    tenantId,
  ])) as { id: string; name: string }[];
}

/** Events have their virtual fields first; a declared field cannot hide one. */
export function fieldsOf(kind: Dataset['kind'], declared: readonly DatasetField[]): DatasetField[] {
  if (kind === 'TABLE') return [...declared];
  const virtual = new Set(EVENT_FIELDS.map(({ name }) => name));
  return [...EVENT_FIELDS, ...declared.filter(({ name }) => !virtual.has(name))];
}

export const toDataset = (row: DatasetRow): Dataset => ({
  id: row.dataset_id,
  name: row.name,
  label: row.label,
  kind: row.kind,
  fields: fieldsOf(row.kind, row.fields),
  table: row.table_name,
  version: row.version,
  rowCount: row.row_count === null ? null : Number(row.row_count),
  importId: row.import_id,
  publishedAt: row.published_at,
});
