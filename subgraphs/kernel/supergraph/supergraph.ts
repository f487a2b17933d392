import type { Identity } from '../context';

export interface SupergraphResult<T> {
  data: T | null;
  errors?: readonly { message: string; path?: readonly (string | number)[]; extensions?: Record<string, unknown> }[];
}

/**
 * Asks the whole supergraph, through the gateway's executor, as a service on behalf of somebody: the policies are those of `identity`,
 * checked again. In one process it is a function call.
 */
export interface Supergraph {
  execute<T>(
    operation: string,
    variables: Record<string, unknown>,
    identity: Identity,
    signal?: AbortSignal,
  ): Promise<SupergraphResult<T>>;
}
