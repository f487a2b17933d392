import { Aggregation } from '../model/semantic-model';
import { condition, output, valueOf, type ReadField } from './expressions';
import type { PlanMeasure } from './plan';
import type { Params } from './sql-parts';

/**
 * A measure over the rows of a group. Counts and sums of nothing are 0; averages, extremes, quantiles and shares of nothing are null.
 * A quantile is exact, interpolated between its neighbours; a share is a fraction of 1.
 */
export function measureSql(measure: PlanMeasure, read: ReadField, params: Params): string {
  const { aggregation, column, filters, type } = measure;
  const value = column && valueOf(column, read);
  const where = filters.map((filter) => condition(filter, read, params)).join(' AND ');
  const suffix = where === '' ? '' : 'If';
  const aggregate = (name: string, orNull = ''): string =>
    `${name}${orNull}${suffix}(${[value, where].filter(Boolean).join(', ')})`;
  switch (aggregation) {
    case Aggregation.COUNT:
      return aggregate('count');
    case Aggregation.SUM:
      return `ifNull(${aggregate('sum')}, 0)`;
    case Aggregation.AVG:
      return aggregate('avg', 'OrNull');
    case Aggregation.MIN:
      return output(aggregate('min', 'OrNull'), type);
    case Aggregation.MAX:
      return output(aggregate('max', 'OrNull'), type);
    case Aggregation.COUNT_DISTINCT:
      return aggregate('uniqExact');
    case Aggregation.QUANTILE: {
      const level = Number(measure.quantile);
      const name = `quantileExactInclusive${where === '' ? 'OrNull' : 'OrNullIf'}`;
      return `${name}(${level.toFixed(3)})(${[value, where].filter(Boolean).join(', ')})`;
    }
    case Aggregation.SHARE:
      return `if(count() = 0, NULL, countIf(${where}) / count())`;
  }
}
