import { readFile } from 'node:fs/promises';
import type { JSONWebKeySet } from 'jose';
import type { Identity } from '../subgraphs/kernel/context';
import type { HealthCheck } from '../subgraphs/kernel/health';
import type { IdentityVerifier } from '../subgraphs/kernel/identity';
import type { Lifecycle } from '../subgraphs/kernel/lifecycle';
import { requestLogger, type Logger } from '../subgraphs/kernel/logger';
import type { Supergraph } from '../subgraphs/kernel/supergraph/supergraph';
import type { SubgraphTransport } from '../subgraphs/kernel/transport';
import { createAccessTokenVerifier } from './authorization/access-token';
import { createAuthenticator, openAuthenticator, type Authenticator } from './authorization/authenticator';
import { cachedJwks } from './authorization/jwks';
import type { PolicyEvaluator } from './authorization/requirements';
import type { Revocations } from './authorization/revocations';
import type { GatewayEnv } from './env';
import { apolloExecutor, startApollo } from './http/apollo';
import { closeServer } from '../subgraphs/kernel/close-server';
import { GatewayMetrics } from './http/metrics';
import type { ForwardedRoute } from './http/rest-routes';
import { createHttpServer } from './http/server';
import { createMemoryRateLimiter, type RateLimiter } from './limits/rate-limit';
import { OperationRunner, type RunnerOptions } from './operation/runner';
import { attachSubscriptions } from './subscriptions/socket-server';
import { CurrentTransports } from './transports/current-transports';
import { SupergraphGateway } from './supergraph/supergraph-gateway';

export type { ForwardedRoute } from './http/rest-routes';
export type { RateLimiter, RateDecision } from './limits/rate-limit';
export type { PolicyEvaluator } from './authorization/requirements';
export type { AccessTokenClaims } from './authorization/access-token';
export type { Revocations } from './authorization/revocations';
export { createMemoryRateLimiter } from './limits/rate-limit';
export { gatewayEnv, type GatewayEnv } from './env';

export interface GatewayOptions {
  /** The composed supergraph, or the file it is in (read again by `reload()`). */
  supergraph: { sdl: string } | { file: string };
  /**
   * The way to a subgraph, asked for once for each name and url; whoever made it closes it, but one that a reload replaces is closed here too
   * (closing twice must do no harm). `url` is the supergraph's routing url.
   */
  transports: (name: string, url: string) => SubgraphTransport;
  /** `off`: everybody is anonymous and the security directives are not enforced. */
  authentication: AuthenticationOptions | 'off';
  restRoutes?: readonly ForwardedRoute[];
  /** The built web app; GraphiQL in its folder `graphiql`. */
  staticDir?: string;
  /** What must work beside the subgraphs for `/readyz`. */
  checks?: readonly HealthCheck[];
  /** Decides `@policy` names; without it they are denied. */
  policy?: PolicyEvaluator;
  /** Instead of the limiter in memory; null: anonymous requests are not limited. */
  anonymousLimiter?: RateLimiter | null;
  /** Sends all of `/graphql` through Apollo Server and its plugins; slower. */
  apolloOnly?: boolean;
  env: GatewayEnv;
  log: Logger;
  lifecycle: Lifecycle;
}

export interface AuthenticationOptions {
  /** Fetches the key set; called when it is needed, cached, repeated for unknown key ids. */
  jwks: () => Promise<JSONWebKeySet>;
  issuer?: string;
  audience?: string;
  /** Sessions that end before their tokens expire; without it they do not. */
  revocations?: Revocations;
  /** Verifies what subgraphs of other processes ask on somebody's behalf. */
  services?: IdentityVerifier;
}

export interface Gateway extends Supergraph {
  /** `http://host:port`. Throws before `listen`. */
  readonly url: string;
  listen(at: { host: string; port: number }): Promise<string>;
  /** Takes another supergraph (or the file's present text) into use; rejects, and keeps the present one, when it is not valid. */
  reload(sdl?: string): Promise<void>;
  /** Ends streams with 1001, lets requests finish, stops listening. Idempotent. */
  close(): Promise<void>;
  readonly metrics: GatewayMetrics;
}

/** Builds the gateway: loads the supergraph and prepares every route. It listens only after `listen`. */
export async function createGateway(options: GatewayOptions): Promise<Gateway> {
  const { env, log, lifecycle, supergraph } = options;
  const read = async (): Promise<string> => ('sdl' in supergraph ? supergraph.sdl : readFile(supergraph.file, 'utf8'));
  const metrics = new GatewayMetrics(true);
  const open = options.authentication === 'off';

  const holder: { runner?: OperationRunner } = {};
  const running = (): OperationRunner => {
    if (!holder.runner) throw new Error('the gateway has not started');
    return holder.runner;
  };
  const loader = new SupergraphGateway(await read(), log, apolloExecutor(running));
  const apollo = await startApollo(loader, log, env.GATEWAY_INTROSPECTION);
  const graceMs = env.GATEWAY_FETCH_TIMEOUT_MS;
  const transports = new CurrentTransports({ connect: options.transports, log, graceMs });
  transports.use(loader.schemaState.subgraphs);
  const transport = (name: string): SubgraphTransport | undefined => transports.get(name);
  const runnerOptions = { ...limitsOf(env), authorization: !open, policy: options.policy, transport, metrics };
  const runner = new OperationRunner(loader.schemaState, runnerOptions);
  holder.runner = runner;
  loader.onChange((state) => {
    transports.use(state.subgraphs);
    runner.use(state);
  });

  const authenticator = authenticatorOf(options.authentication);
  const anonymousLimiter = open ? null : limiterOf(options.anonymousLimiter, env);
  const shared = { env, log, metrics, authenticator, anonymousLimiter, runner };
  const app = await createHttpServer({
    ...shared,
    apollo,
    transport,
    restRoutes: options.restRoutes ?? [],
    checks: () => [...transports.checks(), ...(options.checks ?? [])],
    staticDir: options.staticDir,
    apolloOnly: options.apolloOnly ?? false,
  });
  const subscriptions = attachSubscriptions(app, shared);

  let url: string | undefined;
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await subscriptions.close();
    await closeServer(app);
    await apollo.stop();
    await loader.stop();
    await transports.close();
  };
  const gateway: Gateway = {
    metrics,
    get url() {
      if (url === undefined) throw new Error('the gateway does not listen yet');
      return url;
    },
    async listen(at) {
      url = await app.listen(at);
      log.info({ url }, 'gateway listens');
      return url;
    },
    async execute<T>(query: string, variables: Record<string, unknown>, identity: Identity, signal?: AbortSignal) {
      const caller = {
        identity,
        signal: signal ?? new AbortController().signal,
        log: requestLogger(log, identity.requestId, identity.tenantId),
      };
      const { result } = await running().run({ query, variables }, caller);
      return { data: (result.data ?? null) as T | null, ...(result.errors ? { errors: result.errors } : {}) };
    },
    reload: async (sdl) => loader.reload(sdl ?? (await read())),
    close: () => (closing ??= close()),
  };
  lifecycle.own('gateway', gateway.close);
  return gateway;
}

function limitsOf(
  env: GatewayEnv,
): Pick<RunnerOptions, 'limits' | 'introspection' | 'rejectUnauthorized' | 'timeoutMs' | 'exposeErrors'> {
  return {
    limits: {
      characters: env.GATEWAY_MAX_OPERATION_CHARS,
      depth: env.GATEWAY_MAX_DEPTH,
      aliases: env.GATEWAY_MAX_ALIASES,
      tokens: env.GATEWAY_MAX_TOKENS,
      directives: env.GATEWAY_MAX_DIRECTIVES,
      rootFields: env.GATEWAY_MAX_ROOT_FIELDS,
      fields: env.GATEWAY_MAX_FIELDS,
    },
    introspection: env.GATEWAY_INTROSPECTION,
    rejectUnauthorized: env.GATEWAY_REJECT_UNAUTHORIZED,
    timeoutMs: env.GATEWAY_FETCH_TIMEOUT_MS,
    exposeErrors: env.GATEWAY_EXPOSE_SUBGRAPH_ERRORS,
  };
}

function authenticatorOf(options: AuthenticationOptions | 'off'): Authenticator {
  if (options === 'off') return openAuthenticator;
  const { jwks, issuer, audience, revocations, services } = options;
  const verify = createAccessTokenVerifier({ keys: cachedJwks({ load: jwks }), issuer, audience });
  return createAuthenticator({ verify, revocations, services });
}

function limiterOf(given: RateLimiter | null | undefined, env: GatewayEnv): RateLimiter | null {
  if (given !== undefined) return given;
  return createMemoryRateLimiter([
    { points: env.GATEWAY_ANONYMOUS_PER_MINUTE, seconds: 60 },
    { points: env.GATEWAY_ANONYMOUS_PER_HOUR, seconds: 3_600 },
  ]);
}
