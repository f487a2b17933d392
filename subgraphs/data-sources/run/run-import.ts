import { DomainError } from '../../kernel/errors';
import type { SubgraphRuntime } from '../../kernel/subgraph';
import { clip } from '../formats/rows';
import { ImportFailure, type ImportErrorCode } from '../formats/import-failure';
import { beginAttempt, MAX_ATTEMPTS, type Attempt } from './attempt';
import { dropNow } from './drop-tables';
import { loadFile } from './load-file';
import { openSource } from './open-source';
import { announce, importChannel, Progress, Superseded } from './progress';
import { publish } from './publish';
import { countRows } from './table';

/** Queue of the imports of uploaded files. */
export const IMPORT_JOB = 'data-sources.import';

export interface ImportJob {
  runId: string;
}

/**
 * Runs an import to its end: load into a table of its own, reconcile, publish. Whatever goes wrong, the half table goes and the dataset
 * keeps serving what it served. Throws only what is worth another attempt; the next one begins from scratch.
 */
export async function runImport(
  runtime: SubgraphRuntime,
  tenantId: string,
  runId: string,
  signal: AbortSignal,
): Promise<void> {
  const attempt = await beginAttempt(runtime, tenantId, runId);
  if (!attempt) return;
  const cancelled = new AbortController();
  const unsubscribe = await runtime.stores.pubsub.subscribe<{ cancelled: boolean }>(
    importChannel(tenantId, runId),
    ({ cancelled: yes }) => (yes ? cancelled.abort(new Superseded()) : undefined),
  );
  let published = false;
  try {
    await work(runtime, attempt, AbortSignal.any([signal, cancelled.signal]));
    published = true;
    await announce(runtime, tenantId, runId);
  } catch (error) {
    await settle(runtime, attempt, cancelled.signal.aborted ? cancelled.signal.reason : error, signal);
  } finally {
    await unsubscribe();
    if (!published) await clean(runtime, attempt);
  }
}

async function work(runtime: SubgraphRuntime, attempt: Attempt, signal: AbortSignal): Promise<void> {
  const { run, table } = attempt;
  if (attempt.number > MAX_ATTEMPTS) {
    throw new ImportFailure(
      'INTERRUPTED',
      `The import was interrupted ${MAX_ATTEMPTS} times. Try a smaller file, or tell the operator.`,
    );
  }
  const progress = new Progress(runtime, attempt);
  const source = await openSource(runtime.stores, run.tenantId, run.source);
  const plan = await loadFile(runtime, attempt, source, progress, signal);
  await progress.enter('reconciling');
  const { counts } = progress;
  if (counts.rowsLoaded === 0) throw nothingLoaded(counts.rowsRejected);
  const stored = await countRows(runtime.stores.columns, table, run.tenantId);
  if (counts.rowsLoaded + counts.rowsRejected !== counts.fileRows || stored !== counts.rowsLoaded) {
    throw new ImportFailure(
      'NOT_RECONCILED',
      `The file has ${counts.fileRows} rows, ${counts.rowsLoaded} were loaded, ${counts.rowsRejected} rejected and ${stored} are stored: ` +
        'these do not agree, so the data was not published. Start the import again.',
    );
  }
  signal.throwIfAborted();
  await publish(runtime, attempt, plan, counts);
}

const nothingLoaded = (rejected: number): ImportFailure =>
  rejected > 0
    ? new ImportFailure(
        'ALL_ROWS_REJECTED',
        `All ${rejected} rows were rejected. See the reasons, mend the file or the fields, and import again.`,
      )
    : new ImportFailure('EMPTY_FILE', 'The file has no rows. Upload a file with at least one row.');

/** Decides what a failure means: the run's end, or another attempt (rethrown). */
async function settle(runtime: SubgraphRuntime, attempt: Attempt, error: unknown, stopped: AbortSignal): Promise<void> {
  const { tenantId, id } = attempt.run;
  if (error instanceof Superseded) return announce(runtime, tenantId, id);
  if (error instanceof ImportFailure) return fail(runtime, attempt, error.code, error.message);
  if (error instanceof DomainError && error.code === 'UNSUPPORTED_FORMAT') {
    return fail(runtime, attempt, 'UNSUPPORTED_FORMAT', error.message);
  }
  if (stopped.aborted || attempt.number < MAX_ATTEMPTS) {
    runtime.logger.warn(
      { err: error, tenant_id: tenantId, import_id: id, attempt: attempt.number },
      'import will be tried again',
    );
    throw error;
  }
  runtime.logger.error({ err: error, tenant_id: tenantId, import_id: id }, 'import failed');
  const unavailable = error instanceof DomainError && error.code === 'UNAVAILABLE';
  return unavailable
    ? fail(runtime, attempt, 'UNAVAILABLE', `${error.message} The import was tried ${attempt.number} times.`)
    : fail(runtime, attempt, 'INTERNAL', `Something went wrong on our side. Tell support the import ${id}.`);
}

async function fail(runtime: SubgraphRuntime, attempt: Attempt, code: ImportErrorCode, message: string): Promise<void> {
  const { tenantId, id } = attempt.run;
  await runtime.stores.database.withTenant({ tenantId }, (tx) =>
    tx.query(
      `update import_run set status = 'FAILED', error_code = $4, error_message = $5, finished_at = $6,
         reconciled = case when $4 = 'NOT_RECONCILED' then false end
       where tenant_id = $1 and id = $2 and attempt = $3 and status = 'RUNNING'`,
      [tenantId, id, attempt.number, code, clip(message, 2_000), runtime.clock.now()],
    ),
  );
  await announce(runtime, tenantId, id);
}

/** The half table goes at once; if the engine cannot now, the registry knows it and the sweep tries again. */
async function clean(runtime: SubgraphRuntime, { run, table }: Attempt): Promise<void> {
  const { tenantId } = run;
  try {
    // Asked and marked first: were the answer to a commit lost, the table may be the one that serves.
    const [rows] = await runtime.stores.database.withTenant(
      { tenantId },
      async (tx) =>
        (await tx.query(
          `update dataset_table t set drop_after = $3 where tenant_id = $1 and name = $2
             and not exists (select 1 from dataset d where d.tenant_id = $1 and d.table_name = $2) returning name`,
          [tenantId, table, runtime.clock.now()],
        )) as [unknown[], number],
    );
    if (rows.length > 0) await dropNow(runtime, tenantId, table);
  } catch (error) {
    runtime.logger.warn({ err: error, tenant_id: tenantId, table }, 'half-loaded table will be dropped later');
  }
}
