import type { SubgraphRuntime } from '../../kernel/subgraph';
import { recordAudit } from '../../kernel/audit';
import { DatasetRow } from '../dataset.entity';
import { emitPublished } from '../events';
import { toStoredFields } from '../fields';
import type { ColumnPlan } from '../formats/rows';
import { dropLater, type Attempt } from './attempt';
import { GRACE_MS } from './drop-tables';
import { Superseded, type Counts } from './progress';

/**
 * Flips the dataset to the attempt's table: pointer, schema, version, the run's end, the domain event and the audit record commit
 * together or not at all. The table that served until now is kept until the next publication; older ones are dropped after a grace.
 */
export function publish(
  runtime: SubgraphRuntime,
  attempt: Attempt,
  plan: readonly ColumnPlan[],
  counts: Counts,
): Promise<void> {
  const { run, table, number } = attempt;
  const { tenantId } = run;
  return runtime.stores.database.withTenant({ tenantId }, async (tx) => {
    const now = runtime.clock.now();
    const [ended] = (await tx.query(
      `update import_run set status = 'SUCCEEDED', stage = 'done', reconciled = true, rows_read = $4, rows_loaded = $5, rows_rejected = $6,
         file_rows = $7, bytes_done = bytes_total, finished_at = $8, heartbeat_at = $8
       where tenant_id = $1 and id = $2 and attempt = $3 and status = 'RUNNING' returning id`,
      [tenantId, run.id, number, counts.rowsRead, counts.rowsLoaded, counts.rowsRejected, counts.fileRows, now],
    )) as [unknown[], number];
    if (ended.length === 0) throw new Superseded();
    const datasets = tx.getRepository(DatasetRow);
    const where = { tenantId, id: run.datasetId };
    const dataset = await datasets.findOneOrFail({ where, lock: { mode: 'pessimistic_write' } });
    const previous = dataset.tableName;
    Object.assign(dataset, {
      label: run.label ?? dataset.label,
      description: run.description ?? dataset.description,
      fields: toStoredFields(plan, run.fields ?? dataset.fields),
      rowCount: counts.rowsLoaded,
      version: dataset.version + 1,
      tableName: table,
      publishedImportId: run.id,
      updatedAt: now,
    } satisfies Partial<DatasetRow>);
    await datasets.save(dataset);
    await dropLater(tx, tenantId, 'dataset_id = $3', dataset.id, new Date(now.getTime() + GRACE_MS), [table, previous]);
    await emitPublished(tx, dataset, now);
    await recordAudit(tx, runtime.serviceCtx(tenantId), tenantId, 'data-sources.publishDataset', {
      resource: { type: 'dataset', id: dataset.id },
      details: { importId: run.id, version: dataset.version, rows: counts.rowsLoaded, rejected: counts.rowsRejected },
    });
  });
}
