import { DomainError } from '../../kernel/errors';
import type { SubgraphRuntime } from '../../kernel/subgraph';
import type { ImportSource } from '../import-run.entity';
import { dropDueTables } from './drop-tables';
import { announce } from './progress';
import { IMPORT_JOB } from './run-import';

export const SWEEP_JOB = 'data-sources.sweep';
/** A run at work writes to itself twice a second; one that has not for so long has lost its worker. */
const SILENT_MS = 10 * 60_000;
/** Uploads that nobody imports any more. */
const UPLOAD_KEPT_MS = 7 * 24 * 3_600_000;
const AT_ONCE = 100;

/** Puts right what crashes left: tables to drop, runs without a worker, uploads nobody needs. Repeatable, safe beside itself. */
export async function sweep(runtime: SubgraphRuntime): Promise<void> {
  await dropDueTables(runtime);
  await reviveRuns(runtime);
  await deleteUploads(runtime);
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
  const old = await runtime.stores.database.control(
    async (tx) =>
      (await tx.query(
        `select tenant_id, file_id from upload u where created_at < $1 and not exists (
           select 1 from import_run r where r.tenant_id = u.tenant_id and r.source->>'fileId' = u.file_id::text
             and r.status in ('QUEUED', 'RUNNING')) limit $2`,
        [new Date(runtime.clock.now().getTime() - UPLOAD_KEPT_MS), AT_ONCE],
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
