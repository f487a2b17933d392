import type { ExecutionResult, GraphQLError } from 'graphql';

export type Json = Record<string, unknown>;
export type Path = readonly (string | number)[];

/** What a fetch sends to a subgraph. */
export interface SubgraphOperation {
  query: string;
  operationName: string | undefined;
  variables: Json;
}

/** State of one execution of a compiled plan. */
export interface ExecutionContext {
  /** Coerced, defaults filled in. */
  readonly variables: Json;
  /** Where the answers of all fetches are merged; in response shape (aliases, not names). */
  readonly root: Json;
  readonly errors: GraphQLError[];
  /** Calls a subgraph with its deadline; rejects when there is no GraphQL answer. */
  fetch(serviceName: string, operation: SubgraphOperation): Promise<ExecutionResult>;
  /** Turns a failed call into the message and extensions that the client sees, and logs it whole. */
  failure(thrown: unknown, serviceName: string): { message: string; extensions: Json };
  /** Turns an error of a subgraph's answer into what the client sees, and logs it whole where it is masked. */
  subgraphError(
    error: { message?: unknown; extensions?: unknown },
    serviceName: string,
  ): {
    message: string;
    extensions: Json;
  };
}

/** The objects that a step works on, and the plan's path to them from the root. */
export interface Cursor {
  readonly objects: readonly Json[];
  readonly path: readonly string[];
}

export type Step = (context: ExecutionContext, cursor: Cursor) => Promise<void> | void;

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Reads an own property only: a subgraph's field may be called `constructor`. */
export const own = (object: Json, key: string): unknown => (Object.hasOwn(object, key) ? object[key] : undefined);
