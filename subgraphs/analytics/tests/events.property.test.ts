import fc from 'fast-check';
import type { Columns } from '../../kernel/columns/columns';
import { FieldType } from '../../kernel/graphql/shared-types';
import { newId } from '../../kernel/ids';
import { EVENT_FIELDS, type DatasetField } from '../datasets/dataset';
import { EVENTS_DATABASE, eventsMigrations } from '../ingest/columns-migrations';
import { placeProperties } from '../ingest/property-values';
import { Aggregation, Derivation, type ModelDefinition } from '../model/semantic-model';
import { toAnswer } from '../query/answer';
import { compile } from '../query/compile';
import { metricQueryInput } from '../query/metric-query.input';
import { TimeGrain } from '../query/plan';
import { resolvePlan } from '../query/resolve';
import { startTestColumns } from './columns';
import { metric, queryOf, sourceRow, MODEL } from './queries.arbitrary';
import { evaluate, type SourceRow } from './reference';

const NOW = new Date('2026-01-01T12:34:56.789Z');
const { STRING, INTEGER, FLOAT, BOOLEAN, DATE, DATETIME } = FieldType;
const RUNS = Number(process.env.PROPERTY_RUNS ?? 200);

let columns: Columns;
let stop: () => Promise<void>;
beforeAll(async () => {
  ({ columns, stop } = await startTestColumns());
  await columns.migrate(EVENTS_DATABASE, eventsMigrations);
});
afterAll(() => stop());

const declared: DatasetField[] = [
  { name: 's', type: STRING, nullable: true },
  { name: 'place', type: STRING, nullable: true },
  { name: 'i', type: INTEGER, nullable: true },
  { name: 'f', type: FLOAT, nullable: false },
  { name: 'flag', type: BOOLEAN, nullable: true },
  { name: 'd', type: DATE, nullable: true },
  { name: 't', type: DATETIME, nullable: true },
];
const definition: ModelDefinition = {
  ...MODEL,
  dimensions: [
    ...MODEL.dimensions,
    { name: 'name', label: 'Name', field: 'name', derive: null },
    { name: 'hour', label: 'Hour', field: 'time', derive: Derivation.HOUR },
    { name: 'day', label: 'Day', field: 'time', derive: Derivation.DATE },
  ],
  metrics: [
    ...MODEL.metrics,
    metric('sum_f', Aggregation.SUM, { field: 'f' }),
    metric('avg_i', Aggregation.AVG, { field: 'i' }),
    metric('max_i', Aggregation.MAX, { field: 'i' }),
    metric('count_names', Aggregation.COUNT, { field: 'name' }),
    metric('share_a', Aggregation.SHARE, { filters: [{ field: 'name', op: 'EQ' as never, values: ['a'] }] }),
    metric('min_i_a', Aggregation.MIN, { field: 'i', filters: [{ field: 'name', op: 'EQ' as never, values: ['a'] }] }),
  ],
  timeField: 'time',
};

const models = (id: string) => ({
  base: {
    dataset: {
      id,
      name: 'clicks',
      label: 'Clicks',
      kind: 'EVENTS' as const,
      fields: [...EVENT_FIELDS, ...declared],
      table: null,
      version: 1,
      rowCount: null,
      importId: null,
      publishedAt: NOW,
    },
    model: { ...definition, version: 1, generated: false },
  },
  targets: new Map(),
});

const event = fc
  .tuple(sourceRow, fc.constantFrom('a', 'b', 'c'), fc.integer({ min: Date.UTC(2025, 11, 30), max: NOW.getTime() }))
  .map(([row, name, at]): SourceRow => ({ ...row, name, time: new Date(at).toISOString() }));

/** Stores events as ingest does. */
const store = (tenantId: string, datasetId: string, rows: readonly SourceRow[]) =>
  columns.insert(
    'events.events',
    rows.map(({ name, time, ...properties }, offset) => {
      const placed = placeProperties(new Map(declared.map((field) => [field.name, field])), properties);
      const base = { tenant_id: tenantId, dataset_id: datasetId, event_id: newId(), name, time, received_at: time };
      return { ...base, ...placed, log_partition: 0, log_offset: offset };
    }),
  );

/** Queries that windows can answer, for the most part. */
const overWindows = (dataset: string) =>
  fc
    .record({
      measures: fc.uniqueArray(
        fc.constantFrom(
          'count',
          'count_i',
          'sum_f',
          'sum_i',
          'avg_f',
          'avg_i',
          'min_i',
          'max_i',
          'min_i_a',
          'count_names',
          'share_a',
        ),
        { minLength: 1, maxLength: 4 },
      ),
      dimensions: fc.uniqueArray(fc.constantFrom('name', 'hour', 'day'), { maxLength: 2 }),
      filters: fc.array(
        fc.constantFrom(
          { field: 'name', op: 'IN', values: ['a', 'b'] },
          { field: 'name', op: 'NE', values: ['c'] },
          { field: 'hour', op: 'GTE', values: [12] },
        ),
        { maxLength: 1 },
      ),
      timeRange: fc.constantFrom(
        null,
        { last: 'PT6H' },
        { last: 'P1D' },
        { from: '2025-12-31T00:05:00Z', to: '2026-01-01T10:10:00Z' },
        { from: '2025-12-31T00:05:01Z' },
      ),
      grain: fc.option(fc.constantFrom(...Object.values(TimeGrain)), { nil: null }),
      limit: fc.constantFrom(3, 1_000),
    })
    .map((query) => metricQueryInput.parse({ ...query, dataset }));

it.each([
  ['any', false, queryOf],
  ['those that windows may answer', true, overWindows],
])(
  'answers queries about events (%s) as plain loops do',
  async (_which, expectWindows, queries) => {
    const datasetId = newId(); // the same for both tenants: only the tenant tells them apart
    const data = new Map(
      fc.sample(fc.array(event, { minLength: 60, maxLength: 90 }), 3).map((rows) => [newId(), rows]),
    );
    for (const [tenantId, rows] of data) await store(tenantId, datasetId, rows);
    const asked = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...data.keys()), queries(datasetId), async (tenantId, query) => {
        const joined = [...query.dimensions, ...query.filters.map(({ field }) => field)].some((name) =>
          name.includes('.'),
        );
        fc.pre(!joined);
        const plan = resolvePlan(tenantId, query, models(datasetId), NOW);
        const compiled = compile(plan);
        asked.set(compiled.query.name, (asked.get(compiled.query.name) ?? 0) + 1);
        const { rows } = await columns.query(compiled.query, compiled.params);
        const answer = toAnswer(plan, compiled.columns, rows);
        const expected = evaluate(query, models(datasetId), () => data.get(tenantId)!, NOW);
        expect(answer.rows.map(({ values }) => values.map(close))).toEqual(expected.rows.map((row) => row.map(close)));
        expect(answer.truncated).toBe(expected.truncated);
      }),
      { numRuns: RUNS },
    );
    if (expectWindows) expect(asked.get('analytics.metric_query_windows')).toBeGreaterThan(RUNS / 3);
  },
  300_000,
);

const close = (value: unknown): unknown => (typeof value === 'number' ? Number(value.toPrecision(10)) : value);
