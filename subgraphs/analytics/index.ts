import { consumeEvents } from '../kernel/outbox/consume-events';
import type { SubgraphDefinition, SubgraphRuntime } from '../kernel/subgraph';
import { datasetHandlers } from './datasets/consumers';
import { createDatasets } from './migrations/1764000000000-datasets';
import { createSemanticModels } from './migrations/1764000000100-semantic-models';
import { findMetric, ModelResolver } from './model/model.resolver';
import { QueryResolver } from './query/query.resolver';

async function start(runtime: SubgraphRuntime): Promise<void> {
  const projection = await consumeEvents(runtime, 'analytics.datasets', datasetHandlers);
  runtime.lifecycle.own('analytics dataset projection', () => projection.stop());
}

export const analyticsSubgraph: SubgraphDefinition = {
  name: 'analytics',
  entities: [],
  migrations: [createDatasets, createSemanticModels],
  graphql: {
    resolvers: [QueryResolver, ModelResolver],
    references: {
      Dataset: ({ id }) => ({ id }),
      Metric: ({ id }, ctx) => findMetric(ctx, id),
    },
  },
  start,
};
