import type { ForwardedRoute } from '../../gateway';
import type { SubgraphDefinition } from '../kernel/subgraph';

/** The REST routes that subgraphs announce, for the gateway to forward. */
export const restRoutesOf = (definitions: readonly SubgraphDefinition[]): ForwardedRoute[] =>
  definitions.flatMap(({ name, routes = [] }) =>
    routes
      .filter(({ internal }) => !internal)
      .map(({ method, path, maxBytes }) => ({ subgraph: name, route: { method, path, maxBytes } })),
  );
