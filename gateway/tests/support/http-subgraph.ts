import { buffer } from 'node:stream/consumers';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { execute, parse, subscribe, type GraphQLSchema } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import type { Identity } from '../../../subgraphs/kernel/context';
import type { IdentityVerifier } from '../../../subgraphs/kernel/identity';

export interface HttpSubgraph {
  url: string;
  requests: { headers: IncomingMessage['headers']; path: string; identity?: Identity }[];
  /** Sockets that are open. */
  sockets(): number;
  /** Instead of the schema's answer. */
  answer: ((response: ServerResponse) => void) | undefined;
  close(): Promise<void>;
}

/** A subgraph over HTTP and graphql-ws that verifies who asks, as the product's do. Without a verifier it answers everybody. */
export async function serveSchema(
  name: string,
  schema: GraphQLSchema,
  verifier?: IdentityVerifier,
): Promise<HttpSubgraph> {
  const requests: HttpSubgraph['requests'] = [];
  const verify = async (header: string | undefined): Promise<Identity | undefined> =>
    verifier?.verify((header ?? '').replace('Bearer ', ''), name);
  const control: Pick<HttpSubgraph, 'answer'> = { answer: undefined };

  const server: Server = createServer((request, response) => {
    void handle(request, response).catch((error: Error) => {
      if (!response.headersSent) response.writeHead(401, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ errors: [{ message: error.message, extensions: { code: 'UNAUTHENTICATED' } }] }));
    });
  });
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const identity = request.url === '/readyz' ? undefined : await verify(request.headers.authorization);
    requests.push({ headers: request.headers, path: request.url!, ...(identity ? { identity } : {}) });
    if (control.answer) return control.answer(response);
    if (request.url === '/readyz') return void response.end('{}');
    if (request.url !== '/graphql') {
      const body = await buffer(request);
      response.writeHead(201, { 'content-type': 'text/plain', 'x-bytes': String(body.length) });
      return void response.end(`${request.method} ${request.url} ${body.length}`);
    }
    const { query, variables, operationName } = JSON.parse((await buffer(request)).toString()) as {
      query: string;
      variables?: Record<string, unknown>;
      operationName?: string;
    };
    const result = await execute({
      schema,
      document: parse(query),
      variableValues: variables,
      operationName,
      contextValue: { identity },
    });
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(result));
  };

  const sockets = new WebSocketServer({ server, path: '/graphql' });
  const disposable = useServer<Record<string, string>>(
    {
      schema,
      onConnect: async ({ connectionParams }) => {
        try {
          await verify(connectionParams?.authorization);
          return true;
        } catch {
          return false;
        }
      },
      context: async ({ connectionParams }) => ({ identity: await verify(connectionParams?.authorization) }),
      subscribe,
    },
    sockets,
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(control, {
    url: `http://127.0.0.1:${port}/graphql`,
    requests,
    sockets: () => sockets.clients.size,
    async close() {
      await disposable.dispose();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}
