import { z } from 'zod';
import { FieldType } from './graphql/shared-types';

/**
 * The read contract of a dataset, announced by data-sources on `domain-events`. Analytics keeps a local projection of it: it never asks
 * data-sources' tables.
 */
export const datasetField = z.object({
  name: z.string(),
  type: z.enum(FieldType),
  nullable: z.boolean(),
  description: z.string().nullish(),
});

export const datasetPublished = z.object({
  datasetId: z.uuid(),
  name: z.string(),
  label: z.string(),
  kind: z.enum(['TABLE', 'EVENTS']),
  fields: z.array(datasetField),
  /** `datasets.ds_<id>_v<n>` for an imported one; null for events, which share one table. */
  table: z.string().nullable(),
  /** Grows with each publication; the newest wins, whatever the order of arrival. */
  version: z.number().int(),
  rowCount: z.number().int().nullable(),
  importId: z.uuid().nullable(),
  publishedAt: z.iso.datetime(),
});

export type DatasetPublished = z.infer<typeof datasetPublished>;

export const datasetDeleted = z.object({ datasetId: z.uuid(), version: z.number().int() });

export const DATASET_PUBLISHED = 'dataset.published';
export const DATASET_DELETED = 'dataset.deleted';
