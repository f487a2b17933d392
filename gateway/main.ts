import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { parseEnv } from '../subgraphs/kernel/env/env';
import { processEnv } from '../subgraphs/kernel/env/groups';
import {
  createIdentitySigner,
  createIdentityVerifier,
  importPrivateKey,
  importPublicKey,
} from '../subgraphs/kernel/identity';
import { Lifecycle, stopOnSignals } from '../subgraphs/kernel/lifecycle';
import { createLogger } from '../subgraphs/kernel/logger';
import type { SubgraphTransport } from '../subgraphs/kernel/transport';
import { jwksFromSubgraph } from './authorization/jwks-source';
import { revocationsFromSubgraph } from './authorization/revocations';
import { gatewayEnv, gatewayProcessEnv } from './env';
import { createGateway } from './index';
import { createHttpTransport } from './transports/http';

/**
 * The gateway as a process of its own. By default it serves DataIris's supergraph with identities for its subgraphs; with
 * `--supergraph FILE [--port N] [--host H]` it serves any federation 2 supergraph at the routing urls in it, without authentication.
 */
async function main(): Promise<void> {
  const { values: given } = parseArgs({
    options: { supergraph: { type: 'string' }, port: { type: 'string' }, host: { type: 'string' } },
  });
  const standAlone = given.supergraph !== undefined;
  const groups = { process: processEnv, gateway: gatewayEnv, own: gatewayProcessEnv };
  const overrides = { PORT: given.port, HOST: given.host, GATEWAY_SUPERGRAPH: given.supergraph };
  const source = Object.fromEntries(Object.entries(overrides).filter(([, value]) => value !== undefined));
  const shown = standAlone ? { GATEWAY_EXPOSE_SUBGRAPH_ERRORS: 'on' } : {};
  const env = parseEnv(groups, { ...shown, ...process.env, ...source });

  const log = createLogger({ service: 'gateway', level: env.process.LOG_LEVEL });
  const lifecycle = new Lifecycle(log);
  stopOnSignals(lifecycle, log);

  const { GATEWAY_PRIVATE_KEY: pem, SERVICES_PUBLIC_KEY: servicesPem } = env.own;
  if (!standAlone && !pem) throw new Error('GATEWAY_PRIVATE_KEY is missing: subgraphs answer signed identities only.');
  const signer = !standAlone && pem ? createIdentitySigner(await importPrivateKey(pem)) : undefined;
  const transports = new Map<string, SubgraphTransport>();
  const connect = (name: string, url: string): SubgraphTransport => {
    const timeoutMs = env.gateway.GATEWAY_FETCH_TIMEOUT_MS;
    const transport = createHttpTransport({ name, url: env.own.GATEWAY_SUBGRAPHS[name] ?? url, signer, timeoutMs });
    transports.set(name, transport);
    lifecycle.own(`transport:${name}`, () => transport.close());
    return transport;
  };
  const auth = (): SubgraphTransport => {
    const transport = transports.get('auth');
    if (!transport) throw new Error('the supergraph has no subgraph "auth"');
    return transport;
  };

  const gateway = await createGateway({
    supergraph: { file: env.own.GATEWAY_SUPERGRAPH },
    transports: connect,
    authentication: standAlone
      ? 'off'
      : {
          jwks: jwksFromSubgraph(auth),
          revocations: revocationsFromSubgraph(auth, { log, lifecycle }),
          ...(servicesPem ? { services: createIdentityVerifier(await importPublicKey(servicesPem)) } : {}),
        },
    restRoutes: env.own.GATEWAY_REST_ROUTES,
    ...(existsSync(env.own.GATEWAY_STATIC) && !standAlone ? { staticDir: resolve(env.own.GATEWAY_STATIC) } : {}),
    env: env.gateway,
    log,
    lifecycle,
  });
  process.on('SIGHUP', () => {
    gateway.reload().then(
      () => log.info('supergraph reloaded'),
      (error: unknown) => log.error({ err: error }, 'supergraph not reloaded: the present one stays'),
    );
  });
  await gateway.listen({ host: env.process.HOST, port: env.process.PORT });
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
