import { createAuthSubgraph, type AuthEnv } from '../auth';
import { analyticsSubgraph } from '../analytics';
import { dataSourcesSubgraph } from '../data-sources';
import type { SubgraphDefinition } from '../kernel/subgraph';
import { tenantsSubgraph } from '../tenants';

/** Every subgraph of the product, in the order in which they start: those that others ask first come first. */
export const subgraphsOf = (env: { auth: AuthEnv }): SubgraphDefinition[] => [
  tenantsSubgraph,
  createAuthSubgraph(env.auth),
  dataSourcesSubgraph,
  analyticsSubgraph,
];
