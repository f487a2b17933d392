import { resolve } from 'node:path';
import { z } from 'zod';
import { recordAudit } from '../kernel/audit';
import type { FieldType } from '../kernel/graphql/shared-types';
import type { SubgraphRuntime } from '../kernel/subgraph';
import { parseInput } from '../kernel/verb';
import { datasetDescription, datasetLabel, datasetName, fieldsInput } from './fields';
import { detectFormat, FILE_FORMATS, type FormatName } from './formats/detect-format';
import { readSample } from './formats/sample';
import { ImportRunRow } from './import-run.entity';
import { openLocal } from './run/open-source';
import { announce } from './run/progress';
import { MAX_ATTEMPTS } from './run/attempt';
import { DATABASE } from './run/table';
import { runImport } from './run/run-import';
import { startRun } from './start-run';

export interface LocalImport {
  tenantId: string;
  /** A file this process can read. */
  path: string;
  name: string;
  label?: string | null;
  description?: string | null;
  format?: FormatName | null;
  /** Default: those of the dataset, or inferred from the file. */
  fields?: readonly {
    name: string;
    type: FieldType;
    nullable?: boolean | null;
    description?: string | null;
    source?: string | null;
  }[];
  signal?: AbortSignal;
}

const input = z.object({
  tenantId: z.uuid(),
  path: z.string().min(1),
  name: datasetName,
  label: datasetLabel.nullish(),
  description: datasetDescription.nullish(),
  format: z.enum(FILE_FORMATS).nullish(),
  fields: fieldsInput.nullish(),
});

/**
 * The operator's way in: streams a file of this machine into a dataset, without an upload and without its limits, and answers the ended
 * run. Not reachable by any request. An import of a local file that was interrupted (by a kill, say) is replaced by this one.
 */
export async function importLocalFile(
  runtime: SubgraphRuntime,
  { signal, ...given }: LocalImport,
): Promise<ImportRunRow> {
  const wanted = parseInput(input, given);
  const path = resolve(wanted.path);
  await runtime.stores.columns.migrate(DATABASE, []); // the subgraph itself may never have been started here
  const { tenantId, name } = wanted;
  const stop = signal ?? new AbortController().signal;
  const source = await openLocal(path);
  const format = detectFormat(source.name, await readSample(source, 64 * 1024), wanted.format);
  const ctx = runtime.serviceCtx(tenantId, stop);
  const { database } = runtime.stores;

  const { run, replaced } = await database.withTenant({ tenantId }, async (tx) => {
    const [ended] = (await tx.query(
      `update import_run r set status = 'CANCELLED', stage = 'replaced', error_code = 'INTERRUPTED',
         error_message = 'The import was interrupted and begun again.', finished_at = $3
       from dataset d where d.tenant_id = r.tenant_id and d.id = r.dataset_id and r.tenant_id = $1 and d.name = $2
         and r.status in ('QUEUED', 'RUNNING') and r.source->>'kind' = 'local' returning r.id`,
      [tenantId, name, ctx.clock.now()],
    )) as [{ id: string }[], number];
    const started = await startRun(
      { ...ctx, tenantId, tx },
      {
        name,
        label: wanted.label ?? null,
        description: wanted.description ?? null,
        format,
        fileName: source.name,
        fileSize: source.size,
        source: { kind: 'local', path },
        fields: wanted.fields ?? null,
        idempotencyKey: null,
        inputHash: null,
      },
    );
    await recordAudit(tx, ctx, tenantId, 'data-sources.importLocalFile', {
      resource: { type: 'dataset', id: started.datasetId },
      details: { name, fileName: source.name, importId: started.id },
    });
    return { run: started, replaced: ended };
  });
  for (const { id } of replaced) await announce(runtime, tenantId, id, true);

  await untilEnded(runtime, tenantId, run.id, stop);
  return database.withTenant({ tenantId }, (tx) =>
    tx.getRepository(ImportRunRow).findOneByOrFail({ tenantId, id: run.id }),
  );
}

/** No queue stands behind a local import: it tries again by itself. */
async function untilEnded(
  runtime: SubgraphRuntime,
  tenantId: string,
  runId: string,
  signal: AbortSignal,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await runImport(runtime, tenantId, runId, signal);
      return;
    } catch (error) {
      if (signal.aborted || attempt >= MAX_ATTEMPTS) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.min(500 * 2 ** attempt, 10_000)));
    }
  }
}
