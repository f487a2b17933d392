import compress from '@fastify/compress';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import type { ApolloServer } from '@apollo/server';
import Fastify, { type FastifyInstance, type FastifyRequest, type RouteHandlerMethod } from 'fastify';
import type { HealthCheck } from '../../subgraphs/kernel/health';
import type { SubgraphTransport } from '../../subgraphs/kernel/transport';
import type { GatewayEnv } from '../env';
import type { OperationRunner } from '../operation/runner';
import type { ApolloContext } from './apollo';
import { sendError } from './errors';
import { callerOf, graphqlHandler } from './graphql-route';
import { requestIdOf } from './request-facts';
import { addRequestHooks, type HookOptions } from './request-hooks';
import { addRestRoutes, type ForwardedRoute } from './rest-routes';
import { addSecurity, sandboxPolicy } from './security';
import { addStaticRoutes } from './static-routes';
import { addSystemRoutes } from './system-routes';

export interface HttpServerOptions extends HookOptions {
  env: GatewayEnv;
  runner: OperationRunner;
  apollo: ApolloServer<ApolloContext>;
  restRoutes: readonly ForwardedRoute[];
  transport(subgraph: string): SubgraphTransport | undefined;
  /** Asked for at each probe: a reload may change them. */
  checks: () => readonly HealthCheck[];
  staticDir?: string | undefined;
  /** Sends every GraphQL request through Apollo Server, also those that the short way serves. */
  apolloOnly: boolean;
}

const COMPRESS_FROM_BYTES = 1_024;
const GRAPHQL = { config: { identify: true, graphql: true } } as const;

/** Every route of the gateway. Not listening yet. */
export async function createHttpServer(options: HttpServerOptions): Promise<FastifyInstance> {
  const { env, runner, apollo, metrics } = options;
  const app = Fastify({
    logger: false,
    bodyLimit: env.GATEWAY_BODY_LIMIT,
    trustProxy: env.GATEWAY_TRUST_PROXY.length > 0 ? env.GATEWAY_TRUST_PROXY : false,
    genReqId: ({ headers }) => requestIdOf(headers),
    // Deadline for a request to arrive whole; slow senders hold no connection for ever.
    requestTimeout: 300_000,
    // What is being answered is finished when the server stops; the lifecycle has a deadline for it.
    forceCloseConnections: 'idle',
    routerOptions: { ignoreTrailingSlash: false },
  });
  addRequestHooks(app, options);
  app.setErrorHandler((error, request, reply) => sendError(error, request, reply));
  await addSecurity(app, env);
  await app.register(compress, {
    // Bodies are unpacked by whoever reads them, under limits of their own; one that is no gzip would hang here.
    globalDecompression: false,
    threshold: COMPRESS_FROM_BYTES,
    encodings: ['gzip', 'deflate'],
    inflateIfDeflated: false,
  });

  // The integration's types are for a route without settings.
  const whole = fastifyApolloHandler(apollo, {
    context: async (given) => {
      const request = given as FastifyRequest;
      return {
        caller: callerOf(request),
        report: ({ kind, name }) => {
          request.gateway.operation = { kind, name };
        },
      };
    },
  }) as unknown as RouteHandlerMethod;
  app.post('/graphql', GRAPHQL, options.apolloOnly ? whole : graphqlHandler(runner));
  app.get('/graphql', { ...GRAPHQL, preHandler: async (_request, reply) => void reply.headers(sandboxPolicy) }, whole);

  addSystemRoutes(app, options.checks, metrics);
  await addRestRoutes(app, options.restRoutes, options.transport);
  await addStaticRoutes(app, options.staticDir);
  return app;
}
