import 'reflect-metadata';
import { join } from 'node:path';
import { createGateway } from '../../gateway';
import { jwksFromSubgraph } from '../../gateway/authorization/jwks-source';
import { revocationsOf } from '../auth';
import { systemClock } from '../kernel/clock';
import { inProcessTransport } from '../kernel/in-process-transport';
import { createIdentitySigner, createIdentityVerifier, generateInternalKeys } from '../kernel/identity';
import { startSubgraph, type RunningSubgraph } from '../kernel/subgraph';
import { inProcessSupergraph } from '../kernel/supergraph/supergraph.in-process';
import { lockDataFolder } from './data-lock';
import { startDemo } from './demo/start';
import { startEngines } from './engines';
import { envGroups, readEnv } from './env';
import { restRoutesOf } from './rest-routes';
import { run } from './run';
import { writeRuntimeFile } from './runtime-file';
import { masterSecrets } from './secret-file';
import { openStores } from './stores';
import { subgraphsOf } from './subgraphs';

/** The whole product in one process: `npm start`. */
void run('datairis', async (log, lifecycle) => {
  const env = readEnv(envGroups);
  const dataDir = env.data.DATAIRIS_DATA;
  lifecycle.own('data folder', lockDataFolder(dataDir));
  const secrets = masterSecrets(dataDir, env.data.DATAIRIS_SECRET);
  const engines = await startEngines(env, { secrets, lifecycle, log });

  const supergraph = inProcessSupergraph();
  const stores = await openStores({
    env,
    engines,
    processes: 'one',
    secrets,
    supergraph,
    clock: systemClock,
    log,
    lifecycle,
  });
  const running = new Map<string, RunningSubgraph>();
  for (const definition of subgraphsOf(env)) {
    const deps = { stores, adminUrl: engines.databaseUrl, secrets, lifecycle, logger: log, clock: systemClock };
    running.set(definition.name, await startSubgraph(definition, deps));
  }

  // Before the databases go: a job in hand is given back, not failed.
  lifecycle.own('job workers', () => stores.jobs.close());

  const keys = await generateInternalKeys();
  const [signer, verifier] = [createIdentitySigner(keys.privateKey), createIdentityVerifier(keys.publicKey)];
  const transports = new Map(
    [...running].map(([name, subgraph]) => [name, inProcessTransport(subgraph, signer, verifier)]),
  );
  const gateway = await createGateway({
    supergraph: { file: join(process.cwd(), 'schema', 'supergraph.graphql') },
    transports: (name) => transports.get(name)!,
    authentication: {
      jwks: jwksFromSubgraph(() => transports.get('auth')!),
      revocations: revocationsOf(running.get('auth')!.runtime),
    },
    restRoutes: restRoutesOf(subgraphsOf(env)),
    staticDir: join(process.cwd(), 'client', 'dist'),
    checks: [{ name: 'columns', check: (signal) => stores.columns.ping(signal) }],
    env: env.gateway,
    log,
    lifecycle,
  });
  supergraph.bind((...request) => gateway.execute(...request));
  const url = await gateway.listen({ host: env.process.HOST, port: env.process.PORT });
  lifecycle.own('runtime file', writeRuntimeFile(dataDir, { pid: process.pid, url, ...engines }));
  process.stdout.write(`\nDataIris is ready: ${url}\n`);

  if (env.data.DATAIRIS_DEMO) startDemo({ url, dataDir, log, lifecycle });
});
