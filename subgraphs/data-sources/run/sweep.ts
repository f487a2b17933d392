import { DomainError } from '../../kernel/errors';
import type { SubgraphRuntime } from '../../kernel/subgraph';
import type { ImportSource } from '../import-run.entity';
import { dropDueTables } from './drop-tables';
import { announce } from './progress';
import { IMPORT_JOB } from './run-import';

export const SWEEP_JOB = 'data-sources.sweep';
/** A run at work writes to itself twice a second; one that has not for so long has lost its worker. */
const SILENT_MS = 10 * 60_000;
const DAY_MS = 24 * 3_600_000;
/** Uploads that nobody imported, or whose import may still be repeated. */
const UPLOAD_KEPT_MS = 7 * DAY_MS;
const IMPORTED_UPLOAD_KEPT_MS = DAY_MS;
const AT_ONCE = 100;

/** Puts right what crashes left: tables to drop, runs without a worker, uploads nobody needs. Repeatable, safe beside itself. */
export async function sweep(runtime: SubgraphRuntime): Promise<void> {
  await markAbandonedTables(runtime);
  await dropDueTables(runtime);
  await reviveRuns(runtime);
  await deleteUploads(runtime);
}

/** Tables whose run ended without publishing them, when its process died before it could drop them. */
async function markAbandonedTables(runtime: SubgraphRuntime): Promise<void> {
  const now = runtime.clock.now();
  const abandoned = await runtime.stores.database.control(
    async (tx) =>
      (await tx.query(
        `select t.tenant_id, t.name from dataset_table t
           left join import_run r on r.tenant_id = t.tenant_id and r.id = t.run_id
         where t.drop_after is null and (r.id is null or r.status in ('FAILED', 'CANCELLED')) limit $1`,
        [AT_ONCE],
      )) as { tenant_id: string; name: string }[],
  );
  for (const { tenant_id: tenantId, name } of abandoned) {
    await runtime.stores.database.withTenant({ tenantId }, (tx) =>
      tx.query(`update dataset_table set drop_after = $3 where tenant_id = $1 and name = $2`, [tenantId, name, now]),
    );
  }
}

async function reviveRuns(runtime: SubgraphRuntime): Promise<void> {
  const now = runtime.clock.now();
  const silent = await runtime.stores.database.control(
    async (tx) =>
      (await tx.query(
        `select tenant_id, id, source from import_run where status in ('QUEUED', 'RUNNING') and heartbeat_at < $1 limit $2`,
        [new Date(now.getTime() - SILENT_MS), AT_ONCE],
      )) as { tenant_id: string; id: string; source: ImportSource }[],
  );
  for (const { tenant_id: tenantId, id, source } of silent) {
    if (source.kind === 'upload') {
      await runtime.stores.jobs.send(IMPORT_JOB, tenantId, { runId: id }, { singletonKey: id });
      continue;
    }
    await runtime.stores.database.withTenant({ tenantId }, (tx) =>
      tx.query(
        `update import_run set status = 'FAILED', error_code = 'INTERRUPTED', finished_at = $3,
           error_message = 'The process that imported the file ended. Start the import again.'
         where tenant_id = $1 and id = $2 and status in ('QUEUED', 'RUNNING')`,
        [tenantId, id, now],
      ),
    );
    await announce(runtime, tenantId, id);
  }
}

async function deleteUploads(runtime: SubgraphRuntime): Promise<void> {
  const now = runtime.clock.now().getTime();
  const old = await runtime.stores.database.control(
    async (tx) =>
      (await tx.query(
        `select u.tenant_id, u.file_id from upload u
           left join lateral (
             select bool_or(r.status in ('QUEUED', 'RUNNING')) as open, max(r.finished_at) filter (where r.status = 'SUCCEEDED') as imported_at
             from import_run r where r.tenant_id = u.tenant_id and r.source->>'fileId' = u.file_id::text
           ) runs on true
         where not coalesce(runs.open, false) and (u.created_at < $1 or runs.imported_at < $2) limit $3`,
        [new Date(now - UPLOAD_KEPT_MS), new Date(now - IMPORTED_UPLOAD_KEPT_MS), AT_ONCE],
      )) as { tenant_id: string; file_id: string }[],
  );
  for (const { tenant_id: tenantId, file_id: fileId } of old) {
    try {
      await runtime.stores.files.delete(tenantId, fileId);
    } catch (error) {
      if (!(error instanceof DomainError && error.code === 'NOT_FOUND')) {
        runtime.logger.warn({ err: error, tenant_id: tenantId, file_id: fileId }, 'upload will be deleted later');
        continue;
      }
    }
    await runtime.stores.database.withTenant({ tenantId }, (tx) =>
      tx.query(`delete from upload where tenant_id = $1 and file_id = $2`, [tenantId, fileId]),
    );
  }
}
