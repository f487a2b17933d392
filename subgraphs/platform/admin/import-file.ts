import { dataSourcesSubgraph, importLocalFile } from '../../data-sources';
import { systemClock } from '../../kernel/clock';
import type { Lifecycle } from '../../kernel/lifecycle';
import type { Logger } from '../../kernel/logger';
import { createSubgraphRuntime } from '../../kernel/subgraph';
import { inProcessSupergraph } from '../../kernel/supergraph/supergraph.in-process';
import { lockDataFolder } from '../data-lock';
import { startEngines, type Engines } from '../engines';
import { envGroups, readEnv } from '../env';
import { readRuntimeFile } from '../runtime-file';
import { masterSecrets } from '../secret-file';
import { openStores } from '../stores';

type LocalImport = Parameters<typeof importLocalFile>[1];

/** Runs the import on the engines of the product that runs on the data folder, or on engines started for it. */
export async function importFile(
  wanted: Omit<LocalImport, 'signal'>,
  log: Logger,
  lifecycle: Lifecycle,
): ReturnType<typeof importLocalFile> {
  const env = readEnv(envGroups);
  const dataDir = env.data.DATAIRIS_DATA;
  const secrets = masterSecrets(dataDir, env.data.DATAIRIS_SECRET);
  const running = readRuntimeFile(dataDir);
  if (!running) lifecycle.own('data folder', lockDataFolder(dataDir));
  const engines: Engines = running ?? (await startEngines(env, { secrets, lifecycle, log }));

  const clock = systemClock;
  const stores = await openStores({
    env,
    engines,
    processes: 'several',
    secrets,
    supergraph: inProcessSupergraph(),
    clock,
    log,
    lifecycle,
  });
  const deps = { stores, adminUrl: engines.databaseUrl, secrets, lifecycle, logger: log, clock };
  const runtime = await createSubgraphRuntime(dataSourcesSubgraph, deps);
  return importLocalFile(runtime, wanted);
}
