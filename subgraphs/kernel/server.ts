import type { AddressInfo } from 'node:net';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { print, type ExecutionArgs, type ExecutionResult } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import { closeServer } from './close-server';
import type { Identity } from './context';
import { DomainError, toPublicError } from './errors';
import { createSubgraphExecutor, type SubgraphExecutor } from './execute';
import { readiness } from './health';
import type { IdentityVerifier } from './identity';
import type { RunningSubgraph } from './subgraph';

const MAX_BODY = 20 * 1024 * 1024;

export interface SubgraphServer {
  url: string;
  close(): Promise<void>;
}

interface GraphQLBody {
  query?: unknown;
  operationName?: unknown;
  variables?: unknown;
}

/**
 * One subgraph over HTTP, for the gateway alone: without its signed token nothing is answered, `_service` and `_entities` included.
 * `POST /graphql`, graphql-ws on the same path, the subgraph's REST routes, `/healthz` and `/readyz`.
 */
export async function serveSubgraph(
  subgraph: RunningSubgraph,
  options: { host: string; port: number; verifier: IdentityVerifier },
): Promise<SubgraphServer> {
  const { name, routes = [] } = subgraph.definition;
  const executor = createSubgraphExecutor(subgraph);
  const verify = (header: string | undefined): Promise<Identity> => {
    if (!header?.startsWith('Bearer '))
      throw new DomainError('UNAUTHENTICATED', 'This service answers the gateway only.');
    return options.verifier.verify(header.slice('Bearer '.length), name);
  };

  const server = Fastify({ bodyLimit: MAX_BODY, logger: false });
  server.get('/healthz', () => ({ status: 'ok' }));
  server.get('/readyz', async (_request, reply) => {
    const result = await readiness(subgraph.checks);
    return reply.status(result.ready ? 200 : 503).send(result);
  });
  server.post('/graphql', async (request, reply) => {
    try {
      const identity = await verify(request.headers.authorization);
      const body = request.body as GraphQLBody;
      if (typeof body?.query !== 'string') throw new DomainError('BAD_REQUEST', 'Send a JSON body with "query".');
      return await executor.execute({
        query: body.query,
        operationName: typeof body.operationName === 'string' ? body.operationName : undefined,
        variables: (body.variables ?? {}) as Record<string, unknown>,
        identity,
        signal: abortOnClose(reply),
      });
    } catch (error) {
      return refuse(reply, error);
    }
  });
  await server.register(async (rest) => serveRoutes(rest, routes, executor, verify));

  await server.listen({ host: options.host, port: options.port });
  const sockets = serveSubscriptions(server, subgraph, executor, verify);
  const { port } = server.server.address() as AddressInfo;
  return {
    url: `http://${options.host}:${port}`,
    async close() {
      await sockets.dispose();
      await closeServer(server);
    },
  };
}

async function serveRoutes(
  rest: FastifyInstance,
  routes: readonly { method: 'GET' | 'POST'; path: string; maxBytes: number }[],
  executor: SubgraphExecutor,
  verify: (header: string | undefined) => Promise<Identity>,
): Promise<void> {
  rest.removeAllContentTypeParsers();
  rest.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
  for (const { method, path, maxBytes } of routes) {
    rest.route({
      method,
      url: path,
      bodyLimit: Math.max(maxBytes, 1),
      handler: async (request: FastifyRequest, reply: FastifyReply) => {
        try {
          const response = await executor.rest({
            method,
            path,
            query: request.query as Record<string, string>,
            headers: request.headers as Record<string, string>,
            body: request.raw,
            identity: await verify(request.headers.authorization),
            signal: abortOnClose(reply),
          });
          return await reply.status(response.status).headers(response.headers).send(response.body);
        } catch (error) {
          return refuse(reply, error);
        }
      },
    });
  }
}

function serveSubscriptions(
  server: FastifyInstance,
  subgraph: RunningSubgraph,
  executor: SubgraphExecutor,
  verify: (header: string | undefined) => Promise<Identity>,
): { dispose(): Promise<void> } {
  const sockets = new WebSocketServer({ server: server.server, path: '/graphql', maxPayload: MAX_BODY });
  const disposable = useServer<ConnectionParams>(
    {
      schema: subgraph.schema,
      onConnect: async ({ connectionParams }) => {
        try {
          await verify(connectionParams?.authorization);
          return true;
        } catch {
          return false; // closes with 4403
        }
      },
      context: async ({ connectionParams }) => ({ authorization: connectionParams?.authorization }),
      execute: () => {
        throw new DomainError('BAD_REQUEST', 'Only subscriptions travel over the socket.');
      },
      subscribe: (args) => streamOf(args, executor, verify),
    },
    sockets,
  );
  return { dispose: async () => disposable.dispose() };
}

interface ConnectionParams {
  [name: string]: unknown;
  authorization?: string;
}

async function streamOf(
  args: ExecutionArgs,
  executor: SubgraphExecutor,
  verify: (header: string | undefined) => Promise<Identity>,
): Promise<AsyncIterableIterator<ExecutionResult>> {
  const abort = new AbortController();
  const events = await executor.subscribe({
    query: print(args.document),
    operationName: args.operationName ?? undefined,
    variables: { ...args.variableValues },
    identity: await verify((args.contextValue as ConnectionParams).authorization),
    signal: abort.signal,
  });
  const stream: AsyncIterableIterator<ExecutionResult> = {
    [Symbol.asyncIterator]: () => stream,
    next: () => events.next(),
    async return() {
      abort.abort();
      await events.return?.();
      return { value: undefined, done: true };
    },
  };
  return stream;
}

/** Aborts when the caller went away before it had its answer, so that the work ends too. */
function abortOnClose(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) controller.abort();
  });
  return controller.signal;
}

function refuse(reply: FastifyReply, error: unknown): FastifyReply {
  const requestId = String(reply.request.id);
  const { code, message } = toPublicError(error, requestId);
  const status = error instanceof DomainError ? error.status : 500;
  return reply.status(status).send({ errors: [{ message, extensions: { code } }] });
}
