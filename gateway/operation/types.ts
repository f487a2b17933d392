import type { GraphQLError } from 'graphql';
import type { Identity } from '../../subgraphs/kernel/context';
import type { Logger } from '../../subgraphs/kernel/logger';
import type { Json } from '../executor/types';

/** What a client asks, as it arrived. */
export interface OperationRequest {
  query: string;
  operationName?: string | null | undefined;
  /** Raw values. */
  variables?: Json | null | undefined;
}

/** Who asks, and how long the answer is wanted. */
export interface OperationCaller {
  identity: Identity;
  signal: AbortSignal;
  log: Logger;
  /** W3C trace context of the request, passed on to every subgraph. */
  traceparent?: string | undefined;
}

export type OperationKind = 'query' | 'mutation' | 'subscription';

export interface OperationResult {
  /** Absent when the request failed before execution. */
  data?: Json | null;
  errors?: readonly GraphQLError[];
  extensions?: Json;
}

export interface OperationOutcome {
  /** The HTTP status for clients that speak `application/graphql-response+json`; 200 once execution began. */
  status: number;
  result: OperationResult;
  /** Known when the document could be read; for logs and metrics. */
  kind?: OperationKind;
  /** Shortened. */
  name?: string;
  retryAfterSeconds?: number;
}
