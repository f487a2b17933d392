import fc from 'fast-check';
import { FieldType } from '../../kernel/graphql/shared-types';
import type { Dataset } from '../datasets/dataset';
import {
  Aggregation,
  Derivation,
  MetricUnit,
  type MetricDefinition,
  type ModelDefinition,
} from '../model/semantic-model';
import type { Cell } from '../query/answer';
import { FilterOp } from '../query/filters';
import { metricQueryInput } from '../query/metric-query.input';
import { TimeGrain } from '../query/plan';
import type { SourceRow } from './reference';

/** Rows and queries at random, over one dataset with every type of field and one that it joins. */
const { STRING, INTEGER, FLOAT, BOOLEAN, DATE, DATETIME } = FieldType;

export const FIELDS: Dataset['fields'] = [
  { name: 's', type: STRING, nullable: true },
  { name: 'place', type: STRING, nullable: true },
  { name: 'i', type: INTEGER, nullable: true },
  { name: 'f', type: FLOAT, nullable: false },
  { name: 'flag', type: BOOLEAN, nullable: true },
  { name: 'd', type: DATE, nullable: true },
  { name: 't', type: DATETIME, nullable: true },
];

export const PLACE_FIELDS: Dataset['fields'] = [
  { name: 'code', type: STRING, nullable: false },
  { name: 'region', type: STRING, nullable: true },
  { name: 'size', type: INTEGER, nullable: false },
  { name: 'opened', type: DATE, nullable: true },
];

export const metric = (
  name: string,
  aggregation: Aggregation,
  rest: Partial<MetricDefinition> = {},
): MetricDefinition => ({
  name,
  label: name,
  description: null,
  aggregation,
  field: null,
  filters: [],
  quantile: null,
  unit: MetricUnit.NUMBER,
  ...rest,
});

const onlyX = [{ field: 's', op: FilterOp.EQ, values: ['x'] }];
const positive = [{ field: 'i', op: FilterOp.GT, values: [0] }];

export const MODEL: ModelDefinition = {
  dimensions: [
    ...['s', 'flag', 'd', 't', 'i'].map((field) => ({ name: field, label: field, field, derive: null })),
    { name: 't_hour', label: 'Hour', field: 't', derive: Derivation.HOUR },
    { name: 't_day', label: 'Day', field: 't', derive: Derivation.DATE },
    { name: 't_weekday', label: 'Weekday', field: 't', derive: Derivation.WEEKDAY },
    { name: 'd_weekday', label: 'Weekday of d', field: 'd', derive: Derivation.WEEKDAY },
    { name: 'd_month', label: 'Month', field: 'd', derive: Derivation.MONTH },
  ],
  metrics: [
    metric('count', Aggregation.COUNT),
    metric('count_i', Aggregation.COUNT, { field: 'i' }),
    metric('count_x', Aggregation.COUNT, { filters: onlyX }),
    metric('sum_i', Aggregation.SUM, { field: 'i' }),
    metric('sum_f_x', Aggregation.SUM, { field: 'f', filters: onlyX }),
    metric('avg_f', Aggregation.AVG, { field: 'f' }),
    metric('avg_i_x', Aggregation.AVG, { field: 'i', filters: onlyX }),
    metric('min_i', Aggregation.MIN, { field: 'i' }),
    metric('min_t', Aggregation.MIN, { field: 't', filters: positive }),
    metric('max_d', Aggregation.MAX, { field: 'd' }),
    metric('max_s', Aggregation.MAX, { field: 's' }),
    metric('distinct_s', Aggregation.COUNT_DISTINCT, { field: 's' }),
    metric('distinct_d_x', Aggregation.COUNT_DISTINCT, { field: 'd', filters: onlyX }),
    metric('share_x', Aggregation.SHARE, { filters: onlyX }),
    metric('p75_f', Aggregation.QUANTILE, { field: 'f', quantile: 0.75 }),
    metric('median_i', Aggregation.QUANTILE, { field: 'i', quantile: 0.5, filters: onlyX }),
  ],
  joins: [],
  timeField: 't',
};

export const PLACE_MODEL: ModelDefinition = {
  dimensions: [
    { name: 'region', label: 'Region', field: 'region', derive: null },
    { name: 'opened_month', label: 'Opened', field: 'opened', derive: Derivation.MONTH },
  ],
  metrics: [metric('count', Aggregation.COUNT)],
  joins: [],
  timeField: null,
};

const texts = fc.constantFrom('x', 'y', 'X', '', "o'b\\r", 'a`b', '{p0:String}', 'xyz');
const integers = fc.integer({ min: -5, max: 5 });
/** Quarters add up, and lie between quarters, without rounding: they can be compared exactly. */
const floats = fc.integer({ min: -40, max: 40 }).map((n) => n / 4);
const times = fc
  .oneof(
    fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2026, 0, 2) }),
    fc.integer({ min: Date.UTC(1955, 0, 1), max: Date.UTC(2027, 0, 1) }),
    fc.constantFrom(Date.UTC(2026, 0, 1), Date.UTC(2026, 0, 1, 0, 5), Date.UTC(1969, 11, 31, 23, 59, 59, 999)),
  )
  .map((at) => new Date(at).toISOString());
const days = times.map((at) => at.slice(0, 10));
const codes = fc.constantFrom('A', 'B', 'C', 'D', 'E');
const orNull = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null, freq: 4 });

export const sourceRow: fc.Arbitrary<SourceRow> = fc.record({
  s: orNull(texts),
  place: orNull(codes),
  i: orNull(integers),
  f: floats,
  flag: orNull(fc.boolean()),
  d: orNull(days),
  t: orNull(times),
});

export const placeRows: fc.Arbitrary<SourceRow[]> = fc.uniqueArray(
  fc.record({ code: codes, region: orNull(texts), size: integers, opened: orNull(days) }),
  { selector: ({ code }) => code, maxLength: 4 },
);

const VALUES: Record<FieldType, fc.Arbitrary<Cell>> = {
  [STRING]: texts,
  [INTEGER]: integers,
  [FLOAT]: floats,
  [BOOLEAN]: fc.boolean(),
  [DATE]: days,
  [DATETIME]: times,
};

const FILTERABLE: readonly (readonly [string, FieldType])[] = [
  ...FIELDS.map(({ name, type }) => [name, type] as const),
  ['t_hour', INTEGER],
  ['t_day', DATE],
  ['d_month', INTEGER],
  ['home.region', STRING],
  ['home.size', INTEGER],
  ['home.opened', DATE],
];

const filter = fc.constantFrom(...FILTERABLE).chain(([field, type]) => {
  const value = VALUES[type];
  const one = fc.tuple(value);
  const some = fc.array(value, { minLength: 1, maxLength: 3 });
  const ordered = type === BOOLEAN ? [] : [FilterOp.GT, FilterOp.GTE, FilterOp.LT, FilterOp.LTE];
  const contains = type === STRING ? [FilterOp.CONTAINS] : [];
  const single = fc.constantFrom(FilterOp.EQ, FilterOp.NE, ...ordered, ...contains);
  return fc.oneof(
    fc.record({ field: fc.constant(field), op: single, values: one }),
    fc.record({ field: fc.constant(field), op: fc.constantFrom(FilterOp.IN, FilterOp.NOT_IN), values: some }),
    fc.record({
      field: fc.constant(field),
      op: fc.constantFrom(FilterOp.IS_NULL, FilterOp.IS_NOT_NULL),
      values: fc.constant([] as Cell[]),
    }),
  );
});

const range = fc.oneof(
  fc.tuple(times, times).map(([a, b]) => (a < b ? { from: a, to: b } : { from: b })),
  times.map((to) => ({ to })),
  fc.constantFrom('PT5M', 'PT1H', 'PT12H', 'P1D', 'P400D').map((last) => ({ last })),
);

const DIMENSIONS = [...MODEL.dimensions.map(({ name }) => name), 'home.region', 'home.opened_month'];

/** A query about `dataset`, normalised. */
export const queryOf = (dataset: string) =>
  fc
    .record({
      measures: fc.uniqueArray(fc.constantFrom(...MODEL.metrics.map(({ name }) => name)), {
        minLength: 1,
        maxLength: 4,
      }),
      dimensions: fc.uniqueArray(fc.constantFrom(...DIMENSIONS), { maxLength: 3 }),
      filters: fc.array(filter, { maxLength: 2 }),
      timeRange: fc.option(range, { nil: null }),
      grain: fc.option(fc.constantFrom(...Object.values(TimeGrain)), { nil: null }),
      orders: fc.array(fc.tuple(fc.nat(), fc.boolean()), { maxLength: 2 }),
      limit: fc.constantFrom(1, 3, 1_000),
    })
    .map(({ orders, ...query }) => {
      const columns = [...(query.grain ? ['time'] : []), ...query.dimensions, ...query.measures];
      const orderBy = orders.map(([at, descending]) => ({ field: columns[at % columns.length]!, descending }));
      return metricQueryInput.parse({ ...query, dataset, orderBy });
    });
