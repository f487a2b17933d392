import { DomainError } from '../../kernel/errors';
import { FieldType } from '../../kernel/graphql/shared-types';
import { Aggregation, type MetricDefinition } from '../model/semantic-model';
import { typedFilter } from './filter-values';
import type { MetricQuery } from './metric-query.input';
import { hint, nearNames } from './near-names';
import type { Plan, PlanColumn, PlanFilter, PlanMeasure } from './plan';
import { findColumn, planJoin, type QueryModel } from './resolve-columns';
import { resolveRange } from './time-range';

/**
 * Finds every name of a query in the model and checks every value.
 *
 * Throws UNKNOWN_MEASURE or UNKNOWN_DIMENSION (with suggestions), or INVALID_INPUT, each with the path of the input.
 */
export function resolvePlan(tenantId: string, query: MetricQuery, models: QueryModel, now: Date): Plan {
  const measures = query.measures.map((name, index) => planMeasure(name, models, ['measures', String(index)]));
  const groups = query.dimensions.map((name, index) => {
    const found = findColumn(name, { models, fieldsToo: false, path: ['dimensions', String(index)] });
    return { name, ...found };
  });
  const filters = query.filters.map((filter, index) => {
    const path = ['filters', String(index)];
    const { column } = findColumn(filter.field, { models, fieldsToo: true, path: [...path, 'field'] });
    return typedFilter(column, filter, path);
  });
  const columns = [...groups.map(({ column }) => column), ...filters.map(({ column }) => column)];
  const joins = [...new Set(columns.flatMap(({ join }) => join ?? []))].map((name) => planJoin(name, models));
  return {
    tenantId,
    base: models.base.dataset,
    joins,
    time: planTime(query, models),
    range: resolveRange(query.timeRange, now),
    grain: query.grain,
    groups,
    measures,
    filters,
    order: planOrder(query),
    limit: query.limit,
  };
}

function planMeasure(name: string, models: QueryModel, path: readonly string[]): PlanMeasure {
  const { dataset, model } = models.base;
  const metric = model.metrics.find((candidate) => candidate.name === name);
  if (metric) return measureOf(metric, models, path);
  const known = model.metrics.map((candidate) => candidate.name);
  const suggestions = nearNames(name, known);
  throw new DomainError(
    'UNKNOWN_MEASURE',
    `The dataset "${dataset.name}" has no measure "${name.slice(0, 80)}".${hint(suggestions, known)}`,
    { field: path, suggestions },
  );
}

/** A metric's definition with its fields found. Throws UNKNOWN_MEASURE when the dataset no longer has what it is made of. */
export function measureOf(metric: MetricDefinition, models: QueryModel, path: readonly string[]): PlanMeasure {
  const { dataset } = models.base;
  const field = dataset.fields.find((candidate) => candidate.name === metric.field);
  if (metric.field !== null && !field) {
    throw new DomainError(
      'UNKNOWN_MEASURE',
      `The measure "${metric.name}" is made of the field "${metric.field}", which "${dataset.name}" no longer has. Define it anew.`,
      { field: path },
    );
  }
  const column: PlanColumn | null = field ? { join: null, field, derive: null, type: field.type } : null;
  const filters = metric.filters.map((filter, index): PlanFilter => {
    const own = [...path, 'filters', String(index)];
    const found = findColumn(filter.field, {
      models: { base: models.base, targets: new Map() },
      fieldsToo: true,
      path: [...own, 'field'],
    });
    return typedFilter(found.column, filter, own);
  });
  const { name, label, aggregation, quantile, unit } = metric;
  return { name, label, aggregation, column, filters, quantile, unit, type: measureType(aggregation, column) };
}

function measureType(aggregation: Aggregation, column: PlanColumn | null): FieldType {
  switch (aggregation) {
    case Aggregation.COUNT:
    case Aggregation.COUNT_DISTINCT:
      return FieldType.INTEGER;
    case Aggregation.SUM:
    case Aggregation.MIN:
    case Aggregation.MAX:
      return column?.type ?? FieldType.FLOAT;
    case Aggregation.AVG:
    case Aggregation.SHARE:
    case Aggregation.QUANTILE:
      return FieldType.FLOAT;
  }
}

function planTime(query: MetricQuery, { base: { dataset, model } }: QueryModel): PlanColumn | null {
  if (!query.grain && !query.timeRange) return null;
  const field = dataset.fields.find(({ name }) => name === model.timeField);
  if (field) return { join: null, field, derive: null, type: field.type };
  throw new DomainError(
    'INVALID_INPUT',
    `The dataset "${dataset.name}" has no time field, so it cannot be asked by time. Leave out "grain" and "timeRange", or define its time field.`,
    { field: [query.grain ? 'grain' : 'timeRange'] },
  );
}

function planOrder(query: MetricQuery): Plan['order'] {
  const time = query.grain ? ['time'] : [];
  const columns = [...time, ...query.dimensions, ...query.measures];
  const asked = query.orderBy.map(({ field, descending }, index) => {
    const column = columns.indexOf(field);
    if (column >= 0) return { column, descending };
    const suggestions = nearNames(field, columns);
    throw new DomainError(
      'UNKNOWN_DIMENSION',
      `Order by something the query answers; "${field.slice(0, 80)}" is not among it.${hint(suggestions, columns)}`,
      { field: ['orderBy', String(index), 'field'], suggestions },
    );
  });
  // Without a wish: along time, else the largest first. All groups follow as tie-breakers, so that a limit always cuts at the same row.
  const keys = time.length + query.dimensions.length;
  const usual = keys > 0 && !query.grain ? [{ column: keys, descending: true }] : [];
  const order = [...(asked.length > 0 ? asked : usual)];
  for (let column = 0; column < keys; column++) {
    if (!order.some((given) => given.column === column)) order.push({ column, descending: false });
  }
  return order;
}
