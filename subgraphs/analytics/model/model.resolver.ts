import { Arg, Ctx as Context, Directive, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { Ctx } from '../../kernel/context';
import { payload } from '../../kernel/graphql/payload';
import { isId } from '../../kernel/ids';
import { typeOf } from '../query/resolve-columns';
import { defineSemanticModel, semanticModelImpact } from './define-semantic-model';
import { metricInTenant, metricsInTenant, modelInTenant, type MetricWithId } from './model-loaders';
import {
  AffectedTile,
  DatasetExtension,
  DatasetJoin,
  DefineSemanticModelInput,
  DefineSemanticModelPayload,
  Dimension,
  Metric,
} from './model.types';

const toMetric = ({ datasetId, ...metric }: MetricWithId): Metric => ({ ...metric, dataset: { id: datasetId } });

/** A metric by reference or id; null when it is not there or not this tenant's. */
export async function findMetric(ctx: Ctx, id: unknown): Promise<Metric | null> {
  const metric = isId(id) ? await metricInTenant(ctx, id) : null;
  return metric && toMetric(metric);
}

@Resolver(() => DatasetExtension)
export class ModelResolver {
  @Query(() => Metric, { nullable: true })
  @Directive('@requiresScopes(scopes: [["read:data"], ["read:dashboards"]])')
  metric(@Arg('id', () => ID) id: string, @Context() ctx: Ctx): Promise<Metric | null> {
    return findMetric(ctx, id);
  }

  @Query(() => [AffectedTile], { description: 'What `defineSemanticModel` would break, without doing it.' })
  @Directive('@requiresScopes(scopes: [["write:metrics"]])')
  semanticModelImpact(
    @Arg('input', () => DefineSemanticModelInput) input: DefineSemanticModelInput,
    @Context() ctx: Ctx,
  ): Promise<AffectedTile[]> {
    return semanticModelImpact(ctx, input);
  }

  @FieldResolver(() => [Metric])
  async metrics(@Root() { id }: DatasetExtension, @Context() ctx: Ctx): Promise<Metric[]> {
    return (await metricsInTenant(ctx, id)).map(toMetric);
  }

  @FieldResolver(() => [Dimension])
  async dimensions(@Root() { id }: DatasetExtension, @Context() ctx: Ctx): Promise<Dimension[]> {
    const found = await modelInTenant(ctx, id);
    if (!found) return [];
    return found.model.dimensions.flatMap(({ name, label, field: fieldName, derive }) => {
      const field = found.dataset.fields.find((candidate) => candidate.name === fieldName);
      return field ? [{ name, label, type: typeOf(field, derive), derive }] : [];
    });
  }

  @FieldResolver(() => [DatasetJoin])
  async joins(@Root() { id }: DatasetExtension, @Context() ctx: Ctx): Promise<DatasetJoin[]> {
    const found = await modelInTenant(ctx, id);
    return (found?.model.joins ?? []).map(({ name, datasetId }) => ({ name, dataset: { id: datasetId } }));
  }

  @FieldResolver(() => String, { nullable: true })
  async timeField(@Root() { id }: DatasetExtension, @Context() ctx: Ctx): Promise<string | null> {
    return (await modelInTenant(ctx, id))?.model.timeField ?? null;
  }

  @Mutation(() => DefineSemanticModelPayload, {
    description: "Replaces the dataset's dimensions, metrics, joins and time field as one new version.",
  })
  @Directive('@requiresScopes(scopes: [["write:metrics"]])')
  defineSemanticModel(
    @Arg('input', () => DefineSemanticModelInput) input: DefineSemanticModelInput,
    @Context() ctx: Ctx,
  ): Promise<Partial<DefineSemanticModelPayload>> {
    return payload(defineSemanticModel(ctx, input), ({ datasetId, version, affected }) => ({
      dataset: { id: datasetId },
      version,
      affectedTiles: affected,
    }));
  }
}
