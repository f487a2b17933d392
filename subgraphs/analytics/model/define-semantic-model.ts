import { z } from 'zod';
import type { TxCtx } from '../../kernel/context';
import { DomainError } from '../../kernel/errors';
import { defineQuery, defineVerb } from '../../kernel/verb';
import { filterInput } from '../query/filters';
import { queryModelInTenant } from '../query/load-query-model';
import type { QueryModel } from '../query/resolve-columns';
import { labelOf } from './default-model';
import { affectedTiles } from './model-impact';
import { announceReady, loadModels, saveModel } from './model-store';
import {
  Aggregation,
  dimensionDefinition,
  joinDefinition,
  metricDefinition,
  MetricUnit,
  type ModelDefinition,
} from './semantic-model';
import { modelIssues } from './validate-model';

const text = (most: number) => z.string().trim().max(most).nullish();

const dimension = z
  .object({
    name: dimensionDefinition.shape.name,
    label: text(100),
    field: dimensionDefinition.shape.field,
    derive: dimensionDefinition.shape.derive.nullish(),
  })
  .transform(({ label, derive, ...rest }) => ({ ...rest, label: label || labelOf(rest.name), derive: derive ?? null }));

const metric = z
  .object({
    name: metricDefinition.shape.name,
    label: text(100),
    description: text(500),
    aggregation: z.enum(Aggregation),
    field: metricDefinition.shape.field.nullish(),
    filters: z.array(filterInput).max(10, 'at most 10').nullish(),
    quantile: metricDefinition.shape.quantile.nullish(),
    unit: z.enum(MetricUnit).nullish(),
  })
  .transform(({ label, description, field, filters, quantile, unit, ...rest }) => ({
    ...rest,
    label: label || labelOf(rest.name),
    description: description || null,
    field: field ?? null,
    filters: filters ?? [],
    quantile: quantile ?? null,
    unit: unit ?? (rest.aggregation === Aggregation.SHARE ? MetricUnit.PERCENT : MetricUnit.NUMBER),
  }));

const join = z
  .object({
    name: joinDefinition.shape.name,
    dataset: z.uuid('not the id of a dataset'),
    localField: joinDefinition.shape.localField,
    targetField: joinDefinition.shape.targetField,
  })
  .transform(({ dataset, ...rest }) => ({ ...rest, datasetId: dataset }));

const list = <T extends z.ZodType>(item: T, most: number) =>
  z
    .array(item)
    .max(most, `at most ${most}`)
    .nullish()
    .transform((given) => given ?? []);

export const defineSemanticModelInput = z.object({
  dataset: z.string().max(100),
  /** The version this change was made from; refused when another one is in force by now. */
  version: z.number().int().nullish(),
  dimensions: list(dimension, 300),
  metrics: list(metric, 300),
  joins: list(join, 8),
  timeField: z
    .string()
    .max(63)
    .nullish()
    .transform((given) => given ?? null),
});

type Input = z.output<typeof defineSemanticModelInput>;

/**
 * Replaces a dataset's dimensions, metrics, joins and time field by one new version, checked as a whole against the fields it has. Answers
 * with the tiles that it leaves without an answer. Throws NOT_FOUND, VERSION_CONFLICT, INVALID_INPUT with every issue.
 */
export const defineSemanticModel = defineVerb({
  name: 'analytics.defineSemanticModel',
  access: 'write:metrics',
  input: defineSemanticModelInput,
  async run(ctx, input) {
    const { definition, models } = await checkedDefinition(ctx, input);
    const { id } = models.base.dataset;
    const affected = await affectedTiles(ctx, models);
    const version = await saveModel(ctx, id, definition, false);
    await announceReady(ctx, id, { modelVersion: version });
    return { datasetId: id, version, affected };
  },
  audit: ({ dimensions, metrics, joins }, { datasetId, version }) => ({
    resource: { type: 'dataset', id: datasetId },
    details: { modelVersion: version, dimensions: dimensions.length, metrics: metrics.length, joins: joins.length },
  }),
});

/** What `defineSemanticModel` would break, without doing it. Throws what it would throw. */
export const semanticModelImpact = defineQuery({
  name: 'analytics.semanticModelImpact',
  access: 'write:metrics',
  input: defineSemanticModelInput,
  run: async (ctx, input) => affectedTiles(ctx, (await checkedDefinition(ctx, input)).models),
});

async function checkedDefinition(
  ctx: TxCtx,
  input: Input,
): Promise<{ definition: ModelDefinition; models: QueryModel }> {
  const { version: expected, dataset: id, ...definition } = input;
  const { base } = await queryModelInTenant(ctx.tx, ctx.tenantId, id);
  // One definition at a time: versions have no gaps and nobody overwrites what they have not seen.
  await ctx.tx.query(`select 1 from datasets where tenant_id = $1 and dataset_id = $2 for update`, [ctx.tenantId, id]);
  const current = (await loadModels(ctx.tx, ctx.tenantId, [id])).get(id)?.model.version ?? base.model.version;
  if (expected != null && expected !== current) {
    throw new DomainError(
      'VERSION_CONFLICT',
      `The model was changed meanwhile (version ${current}, yours began from ${expected}). Load it again and repeat your change.`,
      { field: ['version'] },
    );
  }
  const joined = [...new Set(definition.joins.map(({ datasetId }) => datasetId))];
  const found = await loadModels(ctx.tx, ctx.tenantId, joined);
  const datasets = new Map([...found].map(([key, { dataset }]) => [key, dataset]));
  const issues = modelIssues(definition, base.dataset, datasets);
  if (issues.length > 0) {
    const message = issues.map((issue) => `${issue.field.join('.')}: ${issue.message}`).join('; ');
    throw new DomainError('INVALID_INPUT', message, { field: issues[0]!.field, issues });
  }
  const targets = new Map(definition.joins.map(({ name, datasetId }) => [name, found.get(datasetId)!]));
  const model = { ...definition, version: current + 1, generated: false };
  return { definition, models: { base: { dataset: base.dataset, model }, targets } };
}
