import type { SubgraphDefinition } from '../kernel/subgraph';
import { DashboardEntity } from './dashboards/dashboard.entity';
import { DashboardMutations } from './dashboards/dashboard.mutations';
import { DashboardResolver, findDashboard, findTile, TileResolver } from './dashboards/dashboard.resolver';
import { TileEntity } from './dashboards/tile.entity';
import { createIngest } from './ingest/ingest.migration';
import { IngestResolver } from './ingest/ingest.resolver';
import { ingestRoute } from './ingest/ingest.route';
import { createDatasets } from './migrations/1764000000000-datasets';
import { createSemanticModels } from './migrations/1764000000100-semantic-models';
import { createDashboards } from './migrations/1764000000200-dashboards';
import { findMetric, ModelResolver } from './model/model.resolver';
import { LiveResolver } from './live/live.resolver';
import { QueryResolver } from './query/query.resolver';
import { startAnalytics } from './start';

export const analyticsSubgraph: SubgraphDefinition = {
  name: 'analytics',
  entities: [DashboardEntity, TileEntity],
  migrations: [createDatasets, createSemanticModels, createDashboards, createIngest],
  graphql: {
    resolvers: [
      QueryResolver,
      LiveResolver,
      ModelResolver,
      DashboardResolver,
      TileResolver,
      DashboardMutations,
      IngestResolver,
    ],
    references: {
      Dataset: ({ id }) => ({ id }),
      Dashboard: ({ id }, ctx) => findDashboard(ctx, id),
      Tile: ({ id }, ctx) => findTile(ctx, id),
      Metric: ({ id }, ctx) => findMetric(ctx, id),
    },
  },
  routes: [ingestRoute],
  start: startAnalytics,
};
