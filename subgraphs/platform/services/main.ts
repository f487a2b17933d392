import 'reflect-metadata';
import { join } from 'node:path';
import { lockDataFolder } from '../data-lock';
import { startDemo } from '../demo/start';
import { startEngines } from '../engines';
import { envGroups, readEnv } from '../env';
import { freePort } from '../../kernel/free-port';
import { generateKeysEnv } from '../internal-keys';
import { restRoutesOf } from '../rest-routes';
import { run } from '../run';
import { writeRuntimeFile } from '../runtime-file';
import { masterSecrets } from '../secret-file';
import { subgraphsOf } from '../subgraphs';
import { Child } from './child';
import { untilReady } from './until-ready';

const DIST = join(process.cwd(), 'dist');

/**
 * The gateway and every subgraph as processes of their own, over the same engines: `npm run start:services`. The processes find each other
 * by the environment they are given here; an orchestrator would give it instead.
 */
void run('services', async (log, lifecycle) => {
  const env = readEnv(envGroups);
  const dataDir = env.data.DATAIRIS_DATA;
  lifecycle.own('data folder', lockDataFolder(dataDir));
  const secrets = masterSecrets(dataDir, env.data.DATAIRIS_SECRET);
  const engines = await startEngines(env, { secrets, lifecycle, log });
  const keys = await generateKeysEnv();
  const url = `http://${env.process.HOST}:${env.process.PORT}`;

  const definitions = subgraphsOf(env);
  const places = new Map(await Promise.all(definitions.map(async ({ name }) => [name, await freePort()] as const)));
  const shared = { DATABASE_URL: engines.databaseUrl, CLICKHOUSE_URL: engines.clickhouseUrl, DATAIRIS_DATA: dataDir };
  for (const [name, port] of places) {
    const script = join(DIST, 'subgraphs', 'platform', 'services', 'subgraph-main.js');
    const own = { DATAIRIS_SERVICE: name, HOST: '127.0.0.1', PORT: String(port), GATEWAY_URL: url };
    const child = new Child({ name, script, env: { ...shared, ...keys.services, ...own }, log });
    lifecycle.own(name, () => child.stop());
  }
  const gateway = new Child({
    name: 'gateway',
    script: join(DIST, 'gateway', 'main.js'),
    env: {
      ...keys.gateway,
      GATEWAY_SUBGRAPHS: [...places].map(([name, port]) => `${name}=http://127.0.0.1:${port}/graphql`).join(','),
      GATEWAY_REST_ROUTES: restRoutesOf(definitions)
        .map(({ subgraph, route }) => [subgraph, route.method, route.path, route.maxBytes].join(':'))
        .join(','),
    },
    log,
  });
  lifecycle.own('gateway', () => gateway.stop());

  await untilReady(url, gateway, lifecycle);
  lifecycle.own('runtime file', writeRuntimeFile(dataDir, { pid: process.pid, url, ...engines }));
  process.stdout.write(`\nDataIris is ready: ${url} (gateway and ${places.size} subgraphs, a process each)\n`);
  if (env.data.DATAIRIS_DEMO) startDemo({ url, dataDir, log, lifecycle });
});
