import type { TxCtx } from '../../kernel/context';
import { datasetDeleted, datasetPublished, type DatasetPublished } from '../../kernel/dataset-events';

/**
 * Takes a publication into the projection. The newest version wins whatever the order of arrival, and nothing comes back after its
 * deletion. Answers whether anything changed.
 */
export async function applyPublished(ctx: TxCtx, payload: unknown): Promise<DatasetPublished | null> {
  const published = datasetPublished.parse(payload);
  const rows = (await ctx.tx.query(
    `insert into datasets as d (tenant_id, dataset_id, name, label, kind, fields, table_name, version, row_count, import_id, published_at)
     select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11
     where not exists (select 1 from deleted_datasets where tenant_id = $1 and dataset_id = $2 and version >= $8)
     on conflict (tenant_id, dataset_id) do update set
       name = excluded.name, label = excluded.label, kind = excluded.kind, fields = excluded.fields,
       table_name = excluded.table_name, version = excluded.version, row_count = excluded.row_count,
       import_id = excluded.import_id, published_at = excluded.published_at
     where d.version < excluded.version
     returning dataset_id`,
    [
      ctx.tenantId,
      published.datasetId,
      published.name,
      published.label,
      published.kind,
      JSON.stringify(published.fields),
      published.table,
      published.version,
      published.rowCount,
      published.importId,
      published.publishedAt,
    ],
  )) as unknown[];
  return rows.length > 0 ? published : null;
}

/** Takes a deletion into the projection; answers the dataset's id. */
export async function applyDeleted(ctx: TxCtx, payload: unknown): Promise<string> {
  const { datasetId, version } = datasetDeleted.parse(payload);
  await ctx.tx.query(
    `insert into deleted_datasets as d (tenant_id, dataset_id, version) values ($1, $2, $3)
     on conflict (tenant_id, dataset_id) do update set version = greatest(d.version, excluded.version)`,
    [ctx.tenantId, datasetId, version],
  );
  await ctx.tx.query(`delete from datasets where tenant_id = $1 and dataset_id = $2 and version <= $3`, [
    ctx.tenantId,
    datasetId,
    version,
  ]);
  return datasetId;
}
