import { Arg, Ctx as Context, Directive, FieldResolver, ID, Int, Query, Resolver, Root } from 'type-graphql';
import type { Ctx } from '../../kernel/context';
import type { Connection } from '../../kernel/graphql/connection';
import { metricQuery } from '../query/metric-query';
import { MetricResult } from '../query/query.types';
import { Dashboard, DashboardConnection, Tile } from './dashboard.types';
import { dashboardInTenant, listDashboards, tileInTenant, tilesOfDashboard } from './read-dashboards';
import { toDashboard, toTile } from './to-type';

/** By reference or id; null when it is not there or not this tenant's. */
export async function findDashboard(ctx: Ctx, id: unknown): Promise<Dashboard | null> {
  const found = await dashboardInTenant(ctx, id);
  return found && toDashboard(found);
}

export async function findTile(ctx: Ctx, id: unknown): Promise<Tile | null> {
  const found = await tileInTenant(ctx, id);
  return found && toTile(found);
}

@Resolver(() => Dashboard)
export class DashboardResolver {
  @Query(() => Dashboard, { nullable: true })
  @Directive('@requiresScopes(scopes: [["read:dashboards"]])')
  dashboard(@Arg('id', () => ID) id: string, @Context() ctx: Ctx): Promise<Dashboard | null> {
    return findDashboard(ctx, id);
  }

  @Query(() => DashboardConnection)
  @Directive('@requiresScopes(scopes: [["read:dashboards"]])')
  @Directive('@listSize(slicingArguments: ["first"], sizedFields: ["edges"], requireOneSlicingArgument: false)')
  async dashboards(
    @Arg('first', () => Int, { defaultValue: 50, nullable: true }) first: number | null,
    @Arg('after', () => String, { nullable: true }) after: string | null,
    @Context() ctx: Ctx,
  ): Promise<Connection<Dashboard>> {
    const page = await listDashboards(ctx, { first: first ?? 50, after });
    return { ...page, edges: page.edges.map(({ cursor, node }) => ({ cursor, node: toDashboard(node) })) };
  }

  @FieldResolver(() => [Tile])
  @Directive('@listSize(assumedSize: 12)')
  async tiles(@Root() { id }: Dashboard, @Context() ctx: Ctx): Promise<Tile[]> {
    return (await tilesOfDashboard(ctx, id)).map(toTile);
  }
}

@Resolver(() => Tile)
export class TileResolver {
  /** Nullable, so that a tile that cannot be answered takes nothing but itself from the dashboard. */
  @FieldResolver(() => MetricResult, {
    nullable: true,
    description: 'The answer now; null with an error when there is none.',
  })
  async result(@Root() { id }: Tile, @Context() ctx: Ctx): Promise<MetricResult | null> {
    const tile = await tileInTenant(ctx, id);
    return tile && metricQuery(ctx, tile.query);
  }
}
