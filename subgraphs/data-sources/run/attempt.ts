import type { EntityManager } from 'typeorm';
import type { SubgraphRuntime } from '../../kernel/subgraph';
import { DatasetRow } from '../dataset.entity';
import { ImportRunRow, isFinished } from '../import-run.entity';
import { tableName } from './table';

/** One try at an import. Its number fences it: a later attempt, or a cancellation, makes every write of this one miss. */
export interface Attempt {
  run: ImportRunRow;
  dataset: DatasetRow;
  table: string;
  number: number;
}

/** Tries in all; a file that kills the process each time is given up. */
export const MAX_ATTEMPTS = 6;

/**
 * Takes the run for a new attempt with a table of its own, written down before it is made. Tables of earlier attempts are to be dropped.
 * Null when the run has ended already.
 */
export function beginAttempt(runtime: SubgraphRuntime, tenantId: string, runId: string): Promise<Attempt | null> {
  return runtime.stores.database.withTenant({ tenantId }, async (tx) => {
    const runs = tx.getRepository(ImportRunRow);
    const run = await runs.findOne({ where: { tenantId, id: runId }, lock: { mode: 'pessimistic_write' } });
    if (!run || isFinished(run.status)) return null;
    const datasets = tx.getRepository(DatasetRow);
    const where = { tenantId, id: run.datasetId };
    const dataset = await datasets.findOneOrFail({ where, lock: { mode: 'pessimistic_write' } });
    dataset.tableCounter++;
    await datasets.update(where, { tableCounter: dataset.tableCounter });

    const now = runtime.clock.now();
    const table = tableName(dataset.id, dataset.tableCounter);
    await dropLater(tx, tenantId, 'run_id = $3', run.id, now);
    await tx.query(
      `insert into dataset_table (tenant_id, name, dataset_id, run_id, created_at) values ($1, $2, $3, $4, $5)`,
      [tenantId, table, dataset.id, run.id, now],
    );
    await tx.query(`delete from import_rejection where tenant_id = $1 and run_id = $2`, [tenantId, run.id]);
    Object.assign(run, {
      status: 'RUNNING',
      stage: 'opening',
      attempt: run.attempt + 1,
      rowsRead: 0,
      rowsLoaded: 0,
      rowsRejected: 0,
      fileRows: null,
      bytesDone: 0,
      startedAt: run.startedAt ?? now,
      heartbeatAt: now,
    } satisfies Partial<ImportRunRow>);
    await runs.save(run);
    return { run, dataset, table, number: run.attempt };
  });
}

/** Marks tables to be dropped at `at`; running queries may finish until then. `condition` is text of ours with `$3` in it. */
export async function dropLater(
  tx: EntityManager,
  tenantId: string,
  condition: 'run_id = $3' | 'dataset_id = $3',
  id: string,
  at: Date,
  except: readonly (string | null)[] = [],
): Promise<void> {
  await tx.query(
    `update dataset_table set drop_after = $2
      where tenant_id = $1 and ${condition} and drop_after is null and not (name = any($4))`,
    [tenantId, at, id, except.filter((name) => name !== null)],
  );
}
