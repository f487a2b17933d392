import type { ExecutionResult } from 'graphql';
import { Pool } from 'undici';
import type { Identity } from '../../subgraphs/kernel/context';
import type { IdentitySigner } from '../../subgraphs/kernel/identity';
import type { SubgraphRequest, SubgraphTransport } from '../../subgraphs/kernel/transport';
import { forwardRest } from './http-rest';
import { subscribeOverWebSocket } from './http-subscription';
import { createTokenSource } from './identity-token';

export interface HttpTransportOptions {
  /** The subgraph's name: the audience of its tokens. */
  name: string;
  /** Its GraphQL endpoint, e.g. `http://127.0.0.1:4001/graphql`; subscriptions go to the same path over WebSocket, REST to the same host. */
  url: string;
  /** Absent: no identity is sent, for subgraphs that are not ours. */
  signer?: IdentitySigner;
  /** Connections that are kept open; default 64. */
  connections?: number;
  /** Milliseconds within which an answer must begin, and between its parts; default 30,000. */
  timeoutMs?: number;
  /** Bytes of one answer; default 64 MB. */
  maxResponseBytes?: number;
}

const MAX_RESPONSE_BYTES = 64 * 1024 * 1024;

/** Reaches a subgraph over HTTP/1.1 with kept connections; subscriptions over `graphql-transport-ws`. */
export function createHttpTransport(options: HttpTransportOptions): SubgraphTransport {
  const { name, url, signer, connections = 64, timeoutMs = 30_000 } = options;
  const maxResponseBytes = options.maxResponseBytes ?? MAX_RESPONSE_BYTES;
  const endpoint = new URL(url);
  const pool = new Pool(endpoint.origin, {
    connections,
    pipelining: 1,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    connect: { timeout: Math.min(timeoutMs, 5_000) },
    keepAliveTimeout: 30_000,
    maxResponseSize: maxResponseBytes,
  });
  const token = signer ? createTokenSource(signer, name) : undefined;
  const path = endpoint.pathname + endpoint.search;

  const headersFor = async (identity: Identity, traceparent: string | undefined): Promise<Record<string, string>> => ({
    ...(token ? { authorization: `Bearer ${await token(identity)}` } : {}),
    ...(traceparent ? { traceparent } : {}),
    'x-request-id': identity.requestId,
  });

  return {
    async execute({ query, operationName, variables, identity, traceparent, signal }: SubgraphRequest) {
      const { statusCode, body } = await pool.request({
        method: 'POST',
        path,
        headers: {
          ...(await headersFor(identity, traceparent)),
          'content-type': 'application/json',
          accept: 'application/graphql-response+json, application/json',
        },
        body: JSON.stringify({ query, operationName, variables }),
        signal,
      });
      return readResult(await body.text(), statusCode);
    },
    subscribe: async (request) =>
      subscribeOverWebSocket(endpoint, request, async () => headersFor(request.identity, request.traceparent)),
    rest: async (request) => forwardRest(pool, request, await headersFor(request.identity, undefined)),
    async ready(signal) {
      const { statusCode, body } = await pool.request(
        // Only our own subgraphs are known to have `/readyz`; every subgraph answers this query.
        signer
          ? { method: 'GET', path: '/readyz', signal }
          : {
              method: 'POST',
              path,
              signal,
              headers: { 'content-type': 'application/json' },
              body: '{"query":"{__typename}"}',
            },
      );
      await body.dump();
      if (statusCode !== 200) throw new Error(`the subgraph answered ${statusCode}`);
    },
    close: () => pool.destroy(),
  };
}

/** A GraphQL answer counts with any status; anything else is a failure of the call. */
function readResult(text: string, status: number): ExecutionResult {
  let result: unknown;
  try {
    result = JSON.parse(text);
  } catch {
    throw new Error(`the subgraph answered ${status} without JSON`);
  }
  if (typeof result !== 'object' || result === null || !('data' in result || 'errors' in result)) {
    throw new Error(`the subgraph answered ${status} without data or errors`);
  }
  return result as ExecutionResult;
}
