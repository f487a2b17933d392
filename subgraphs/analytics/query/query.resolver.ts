import { Arg, Ctx as Context, Directive, Query, Resolver } from 'type-graphql';
import type { Ctx } from '../../kernel/context';
import { metricQuery } from './metric-query';
import { MetricQueryInput, MetricResult } from './query.types';

@Resolver()
export class QueryResolver {
  @Query(() => MetricResult, { description: 'Answers a metric query once; `liveMetricQuery` keeps it up to date.' })
  @Directive('@requiresScopes(scopes: [["read:data"], ["read:dashboards"]])')
  metricQuery(
    @Arg('input', () => MetricQueryInput) input: MetricQueryInput,
    @Context() ctx: Ctx,
  ): Promise<MetricResult> {
    return metricQuery(ctx, input);
  }
}
