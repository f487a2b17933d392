import { systemClock } from '../../kernel/clock';
import type { Lifecycle } from '../../kernel/lifecycle';
import type { Logger } from '../../kernel/logger';
import type { SubgraphDeps } from '../../kernel/subgraph';
import { inProcessSupergraph } from '../../kernel/supergraph/supergraph.in-process';
import { lockDataFolder } from '../data-lock';
import { startEngines, type Engines } from '../engines';
import { envGroups, readEnv, type ProductEnv } from '../env';
import { readRuntimeFile } from '../runtime-file';
import { masterSecrets } from '../secret-file';
import { openStores } from '../stores';

/** The stores of the product that runs on the data folder, or of engines started for this command alone. */
export async function openDeps(log: Logger, lifecycle: Lifecycle): Promise<{ env: ProductEnv; deps: SubgraphDeps }> {
  const env = readEnv(envGroups);
  const dataDir = env.data.DATAIRIS_DATA;
  const secrets = masterSecrets(dataDir, env.data.DATAIRIS_SECRET);
  const running = readRuntimeFile(dataDir);
  if (!running) lifecycle.own('data folder', lockDataFolder(dataDir));
  const engines: Engines = running ?? (await startEngines(env, { secrets, lifecycle, log }));
  const clock = systemClock;
  const supergraph = inProcessSupergraph();
  const stores = await openStores({ env, engines, processes: 'several', secrets, supergraph, clock, log, lifecycle });
  return { env, deps: { stores, adminUrl: engines.databaseUrl, secrets, lifecycle, logger: log, clock } };
}
