import { PLATFORM_TENANT } from '../kernel/ids';
import type { SubgraphDefinition, SubgraphRuntime } from '../kernel/subgraph';
import { DatasetRow } from './dataset.entity';
import { DatasetResolver } from './dataset.resolver';
import { toDataset } from './dataset.type';
import { loadDataset } from './get-dataset';
import { loadImportRun } from './get-import-run';
import { ImportRunRow } from './import-run.entity';
import { ImportRunResolver } from './import-run.resolver';
import { toImportRun } from './import-run.type';
import { createDatasets } from './migrations/1764000000000-create-datasets';
import { RejectionRow } from './rejection.entity';
import { IMPORT_JOB, runImport, type ImportJob } from './run/run-import';
import { sweep, SWEEP_JOB } from './run/sweep';
import { DATABASE } from './run/table';
import { uploadRoute } from './upload-file';
import { UploadRow } from './upload.entity';
import { User } from './user.type';

export { importLocalFile } from './import-local-file';

const IMPORTS_AT_ONCE = 2;
const RETRIES = 5;
/** A killed process's import is begun again by another after so long. */
const EXPIRE_SECONDS = 15;

export const dataSourcesSubgraph: SubgraphDefinition = {
  name: 'data-sources',
  entities: [DatasetRow, ImportRunRow, RejectionRow, UploadRow],
  migrations: [createDatasets],
  graphql: {
    resolvers: [DatasetResolver, ImportRunResolver],
    orphanedTypes: [User],
    references: {
      Dataset: async (reference, ctx) => {
        const row = await loadDataset(ctx, String(reference.id));
        return row && toDataset(row);
      },
      ImportRun: async (reference, ctx) => {
        const row = await loadImportRun(ctx, String(reference.id));
        return row && toImportRun(row);
      },
    },
  },
  routes: [uploadRoute],
  start,
};

async function start(runtime: SubgraphRuntime): Promise<void> {
  const { columns, jobs } = runtime.stores;
  await columns.migrate(DATABASE, []);
  await jobs.work<ImportJob>({
    name: IMPORT_JOB,
    concurrency: IMPORTS_AT_ONCE,
    retryLimit: RETRIES,
    expireSeconds: EXPIRE_SECONDS,
    handle: ({ tenantId, payload, signal }) => runImport(runtime, tenantId, payload.runId, signal),
  });
  await jobs.work({ name: SWEEP_JOB, handle: () => sweep(runtime) });
  await jobs.schedule(SWEEP_JOB, 'all', '*/5 * * * *', PLATFORM_TENANT, {});
}
