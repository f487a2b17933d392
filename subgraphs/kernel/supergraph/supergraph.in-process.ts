import { DomainError } from '../errors';
import type { Supergraph } from './supergraph';

/** Bound to the gateway's executor once that runs: subgraphs start before the gateway, and ask it only later. */
export interface BindableSupergraph extends Supergraph {
  bind(execute: Supergraph['execute']): void;
}

export function inProcessSupergraph(): BindableSupergraph {
  let bound: Supergraph['execute'] | undefined;
  return {
    bind(execute) {
      bound = execute;
    },
    execute: (operation, variables, identity, signal) => {
      if (!bound)
        throw new DomainError('UNAVAILABLE', 'The gateway is still starting. Try again in a few seconds.', {
          retryAfterSeconds: 2,
        });
      return bound(operation, variables, identity, signal);
    },
  };
}
