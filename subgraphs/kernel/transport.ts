import type { Readable } from 'node:stream';
import type { ExecutionResult } from 'graphql';
import type { Identity } from './context';

/** One operation for one subgraph. */
export interface SubgraphRequest {
  query: string;
  operationName?: string | undefined;
  variables: Record<string, unknown>;
  identity: Identity;
  /** W3C trace context, passed on. */
  traceparent?: string | undefined;
  signal: AbortSignal;
}

/** A REST request that the gateway hands to the subgraph that owns the route. */
export interface RestRequest {
  method: string;
  /** As announced by the subgraph, e.g. `/ingest`. */
  path: string;
  query: Readonly<Record<string, string>>;
  headers: Readonly<Record<string, string>>;
  body: Readable;
  identity: Identity;
  signal: AbortSignal;
}

export interface RestResponse {
  status: number;
  headers: Record<string, string>;
  body: string | Buffer | Readable;
}

/** A REST route of a subgraph. The gateway authenticates; the route's verb authorises. */
export interface RestRoute {
  method: 'GET' | 'POST';
  path: string;
  /** Largest body in bytes; the gateway refuses more with 413. */
  maxBytes: number;
  /** For the gateway itself: not forwarded to anybody. */
  internal?: true;
}

/** How the gateway reaches one subgraph: a function call in one process, HTTP and graphql-ws otherwise. */
export interface SubgraphTransport {
  execute(request: SubgraphRequest): Promise<ExecutionResult>;
  /** Ends the upstream when the iterator is returned or the signal aborts. */
  subscribe(request: SubgraphRequest): Promise<AsyncIterableIterator<ExecutionResult>>;
  rest(request: RestRequest): Promise<RestResponse>;
  /** Throws when the subgraph cannot serve. */
  ready(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
