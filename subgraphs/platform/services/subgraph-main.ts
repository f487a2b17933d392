import 'reflect-metadata';
import { systemClock } from '../../kernel/clock';
import { StartError } from '../../kernel/database/start-error';
import { serveSubgraph } from '../../kernel/server';
import { startSubgraph } from '../../kernel/subgraph';
import { httpSupergraph } from '../../kernel/supergraph/supergraph.http';
import { authEnv } from '../../auth';
import { dataEnv, processEnv, storesEnv } from '../../kernel/env/groups';
import { readEnv, serviceEnv } from '../env';
import { serviceKeysEnv, signerOf, verifierOf } from '../internal-keys';
import { run } from '../run';
import { masterSecrets } from '../secret-file';
import { openStores } from '../stores';
import { subgraphsOf } from '../subgraphs';

const groups = {
  process: processEnv,
  data: dataEnv,
  stores: storesEnv,
  service: serviceEnv,
  keys: serviceKeysEnv,
  auth: authEnv,
};

/** One subgraph as a process of its own, behind a gateway in another. It starts no engine: the environment names them. */
void run(process.env.DATAIRIS_SERVICE || 'subgraph', async (log, lifecycle) => {
  const env = readEnv(groups);
  const { DATABASE_URL: databaseUrl, CLICKHOUSE_URL: clickhouseUrl } = env.stores;
  const definition = subgraphsOf(env).find(({ name }) => name === env.service.DATAIRIS_SERVICE);
  if (!definition) throw new StartError(`DATAIRIS_SERVICE names no subgraph: "${env.service.DATAIRIS_SERVICE}".`);
  if (!databaseUrl || !clickhouseUrl)
    throw new StartError('A subgraph of its own needs DATABASE_URL and CLICKHOUSE_URL.');

  const secrets = masterSecrets(env.data.DATAIRIS_DATA, env.data.DATAIRIS_SECRET);
  const supergraph = httpSupergraph({
    url: env.service.GATEWAY_URL,
    signer: await signerOf(env.keys.SERVICES_PRIVATE_KEY),
  });
  lifecycle.own('supergraph', () => supergraph.close());
  const engines = { databaseUrl, clickhouseUrl };
  const stores = await openStores({
    env,
    engines,
    processes: 'several',
    secrets,
    supergraph,
    clock: systemClock,
    log,
    lifecycle,
  });
  const subgraph = await startSubgraph(definition, {
    stores,
    adminUrl: databaseUrl,
    secrets,
    lifecycle,
    logger: log,
    clock: systemClock,
  });
  // Before the database goes: a job in hand is given back, not failed.
  lifecycle.own('job workers', () => stores.jobs.close());
  const verifier = await verifierOf(env.keys.GATEWAY_PUBLIC_KEY);
  const server = await serveSubgraph(subgraph, { host: env.process.HOST, port: env.process.PORT, verifier });
  lifecycle.own('server', () => server.close());
  log.info({ url: server.url }, 'subgraph listens');
});
