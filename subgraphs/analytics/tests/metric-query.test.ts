import { newId } from '../../kernel/ids';
import type { TestActor } from '../../kernel/testing/subgraph';
import { FLIGHT_FIELDS, FLIGHTS, startWorkspace, type Workspace } from './workspace';

let workspace: Workspace;
let analyst: TestActor;
let dataset: string;
let importId: string | null;

beforeAll(async () => {
  workspace = await startWorkspace();
  analyst = workspace.actor('analyst');
  const { tenantId } = analyst;
  ({ datasetId: dataset, importId } = await workspace.load(tenantId, {
    name: 'flights',
    fields: FLIGHT_FIELDS,
    rows: FLIGHTS,
  }));
}, 60_000);
afterAll(() => workspace.close());

const QUERY = /* GraphQL */ `
  query ($input: MetricQueryInput!) {
    metricQuery(input: $input) {
      columns {
        name
        label
        role
        type
        unit
        derive
      }
      rows {
        key
        values
      }
      truncated
      receipt {
        freshness
        watermark
        version
        rowsScanned
        elapsedMs
        cost
        cache
        imports
        policies
        stale
      }
    }
  }
`;

const ask = async (input: Record<string, unknown>, actor = analyst) => {
  const { data, codes, errors } = await actor.query(QUERY, { input: { dataset, measures: ['count'], ...input } });
  return { ...data?.metricQuery, codes, errors };
};
const rowsOf = async (input: Record<string, unknown>) => {
  const { rows, codes } = await ask(input);
  expect(codes).toEqual([]);
  return rows.map(({ values }: { values: unknown[] }) => values);
};

describe('metricQuery', () => {
  it('answers from the default model as soon as a dataset is published', async () => {
    const { columns, rows, truncated } = await ask({ measures: ['count', 'sum_distance'], dimensions: ['origin'] });
    expect(columns).toEqual([
      { name: 'origin', label: 'Origin', role: 'DIMENSION', type: 'STRING', unit: null, derive: null },
      { name: 'count', label: 'Count', role: 'MEASURE', type: 'INTEGER', unit: 'NUMBER', derive: null },
      { name: 'sum_distance', label: 'Sum of distance', role: 'MEASURE', type: 'FLOAT', unit: 'NUMBER', derive: null },
    ]);
    expect(rows).toEqual([
      { key: '["SEA"]', values: ['SEA', 3, 600.5] },
      { key: '["JFK"]', values: ['JFK', 1, 1000] },
    ]);
    expect(truncated).toBe(false);
  });

  it('tells how its columns are made of their fields', async () => {
    const { columns } = await ask({ dimensions: ['departed_weekday', 'carrier'], grain: 'DAY' });
    const derived = columns.map(({ name, derive }: { name: string; derive: string | null }) => [name, derive]);
    expect(derived).toEqual([
      ['time', null],
      ['departed_weekday', 'WEEKDAY'],
      ['carrier', null],
      ['count', null],
    ]);
  });

  it('puts UTC intervals first with a grain', async () => {
    expect(await rowsOf({ measures: ['count', 'avg_delay'], grain: 'HOUR' })).toEqual([
      ['2026-01-01T08:00:00.000Z', 2, 2.5],
      ['2026-01-01T09:00:00.000Z', 1, null],
      ['2026-01-02T23:00:00.000Z', 1, 40],
    ]);
  });

  it('takes a half-open range', async () => {
    const timeRange = { from: '2026-01-01T08:50:00Z', to: '2026-01-02T23:59:59.999Z' };
    expect(await rowsOf({ timeRange })).toEqual([[2]]);
  });

  it('says when there is more than the limit', async () => {
    const { rows, truncated } = await ask({ dimensions: ['origin'], limit: 1 });
    expect(rows).toHaveLength(1);
    expect(truncated).toBe(true);
  });

  it('carries a receipt, and its second answer comes from the cache', async () => {
    const input = { measures: ['sum_delay'], filters: [{ field: 'carrier', op: 'EQ', values: ['AS'] }] };
    const first = await ask(input);
    expect(first.receipt).toMatchObject({
      freshness: '2026-01-02T23:59:59.999Z',
      watermark: null,
      rowsScanned: 4,
      cache: 'MISS',
      imports: [importId],
      policies: ['tenant'],
      stale: false,
    });
    expect(first.receipt.cost).toBeGreaterThan(0);
    const second = await ask(input);
    expect(second.rows).toEqual(first.rows);
    expect(second.receipt).toEqual({ ...first.receipt, cache: 'HIT', elapsedMs: 0, cost: 0 });
  });

  it('computes equal questions asked at once only once', async () => {
    const input = { measures: ['avg_distance'], dimensions: ['carrier'] };
    const answers = await Promise.all(Array.from({ length: 10 }, () => ask(input)));
    const elapsed = new Set(answers.map(({ receipt }) => receipt.elapsedMs));
    elapsed.delete(0); // came late enough to be served from the cache
    expect(elapsed.size).toBe(1);
    expect(new Set(answers.map(({ rows }) => JSON.stringify(rows))).size).toBe(1);
  });

  it('answers from a new publication, never from the old one’s cache entry', async () => {
    const { tenantId } = analyst;
    const old = await workspace.load(tenantId, { name: 'growing', fields: FLIGHT_FIELDS, rows: FLIGHTS });
    const count = async () => (await ask({ dataset: old.datasetId })).rows[0].values[0];
    expect(await count()).toBe(4);
    await workspace.load(tenantId, { ...old, version: 2, rows: FLIGHTS.slice(1) });
    expect(await count()).toBe(3);
    // An older publication that arrives late changes nothing.
    await workspace.stores.log.append('domain-events', [
      {
        tenantId,
        key: old.datasetId,
        value: { id: newId(), tenantId, type: 'dataset.published', version: 1, payload: old },
      },
    ]);
    await workspace.publish(tenantId, { name: 'later', datasetId: newId() });
    expect(await workspace.versionOf(tenantId, old.datasetId)).toBe(2);
  });

  it.each([
    ['read:dashboards', 'viewer', []],
    ['read:data', 'analyst', []],
    ['neither', 'nobody', ['FORBIDDEN']],
  ])('with %s', async (_name, role, codes) => {
    const actor = workspace.actor(role, analyst.tenantId);
    expect((await ask({}, actor)).codes).toEqual(codes);
  });

  it('does not know the dataset of another tenant, not even by name', async () => {
    const stranger = workspace.actor('tenant_admin');
    const { codes, errors } = await ask({}, stranger);
    expect(codes).toEqual(['NOT_FOUND']);
    expect(errors[0]!.message).toContain('There are none yet');
    const named = await ask({ dataset: 'flights' }, stranger);
    expect(named.codes).toEqual(['NOT_FOUND']);
    expect(named.errors[0]!.extensions.suggestions).toEqual([]);
  });
});

describe('metricQuery refuses', () => {
  it.each([
    ['a misspelt measure', { measures: ['cuont'] }, 'UNKNOWN_MEASURE', ['count']],
    ['SQL for a measure', { measures: ['count(); drop table datasets.x'] }, 'UNKNOWN_MEASURE', undefined],
    ['a misspelt dimension', { dimensions: ['orgin'] }, 'UNKNOWN_DIMENSION', ['origin']],
    ['SQL for a dimension', { dimensions: ['origin` FROM x --'] }, 'UNKNOWN_DIMENSION', undefined],
    ['a dimension of a join that is not there', { dimensions: ['airport.state'] }, 'UNKNOWN_DIMENSION', undefined],
    [
      'an unknown field in a filter',
      { filters: [{ field: 'dely', op: 'EQ', values: [1] }] },
      'UNKNOWN_DIMENSION',
      ['delay'],
    ],
    ['the name for the id', { dataset: 'flights' }, 'NOT_FOUND', undefined],
    ['an order by what is not answered', { orderBy: [{ field: 'carrier' }] }, 'UNKNOWN_DIMENSION', undefined],
  ])('%s', async (_case, input, code, suggestions) => {
    const { codes, errors } = await ask(input);
    expect(codes).toEqual([code]);
    if (suggestions) {
      expect(errors[0]!.extensions.suggestions).toEqual(suggestions);
      expect(errors[0]!.message).toContain(`Did you mean "${suggestions[0]}"?`);
    }
  });

  const filter = (field: string, op: string, ...values: unknown[]) => ({ filters: [{ field, op, values }] });
  it.each([
    ['a text for a number', filter('delay', 'GT', '10'), ['filters', '0', 'values']],
    ['a fraction for a whole number', filter('delay', 'EQ', 1.5), ['filters', '0', 'values']],
    ['a number for a text', filter('origin', 'EQ', 1), ['filters', '0', 'values']],
    ['an object', filter('origin', 'IN', { $ne: '' }), ['filters', '0', 'values']],
    ['null', filter('origin', 'EQ', null), ['filters', '0', 'values']],
    ['no time', filter('departed', 'LT', 'yesterday'), ['filters', '0', 'values']],
    ['two values where one belongs', filter('origin', 'EQ', 'A', 'B'), ['filters', '0', 'values']],
    ['no values for IN', filter('origin', 'IN'), ['filters', '0', 'values']],
    ['values for IS_NULL', filter('carrier', 'IS_NULL', 1), ['filters', '0', 'values']],
    ['CONTAINS on a number', filter('delay', 'CONTAINS', 1), ['filters', '0', 'op']],
    ['too many rows', { limit: 10_001 }, ['limit']],
    ['no rows', { limit: 0 }, ['limit']],
    ['no measures', { measures: [] }, ['measures']],
    ['a measure twice', { measures: ['count', 'count'] }, ['measures']],
    [
      'a range that ends before it begins',
      { timeRange: { from: '2026-01-02T00:00:00Z', to: '2026-01-01T00:00:00Z' } },
      ['timeRange'],
    ],
    ['two kinds of range', { timeRange: { from: '2026-01-02T00:00:00Z', last: 'PT5M' } }, ['timeRange']],
  ])('%s', async (_case, input, field) => {
    const { codes, errors } = await ask(input);
    expect(codes).toEqual(['INVALID_INPUT']);
    expect(errors[0]!.extensions.field).toEqual(field);
  });

  it('time on a dataset without a time field', async () => {
    const fields = FLIGHT_FIELDS.filter(({ name }) => name === 'origin');
    const { datasetId } = await workspace.load(analyst.tenantId, { name: 'timeless', fields, rows: [{ origin: 'X' }] });
    const { codes, errors } = await ask({ dataset: datasetId, grain: 'DAY' });
    expect(codes).toEqual(['INVALID_INPUT']);
    expect(errors[0]!.message).toContain('no time field');
    expect((await ask({ dataset: datasetId })).rows[0].values).toEqual([1]);
  });

  it('a dataset that was deleted, for good', async () => {
    const { tenantId } = analyst;
    const gone = await workspace.load(tenantId, { name: 'gone', fields: FLIGHT_FIELDS, rows: FLIGHTS });
    expect((await ask({ dataset: gone.datasetId })).codes).toEqual([]);
    await workspace.announceDeletion(tenantId, gone.datasetId, 2);
    expect((await ask({ dataset: gone.datasetId })).codes).toEqual(['NOT_FOUND']);
  });

  it('nothing to hostile values: they are values', async () => {
    expect(await rowsOf(filter('origin', 'EQ', "' OR 1=1 --"))).toEqual([[0]]);
    expect(await rowsOf(filter('origin', 'IN', "SEA') OR (1=1", '{p0:String}', '\\'))).toEqual([[0]]);
    expect(await rowsOf(filter('origin', 'CONTAINS', '%'))).toEqual([[0]]);
  });
});

it('answers at most 10,000 rows of a large dataset', async () => {
  const fields = FLIGHT_FIELDS.filter(({ name }) => name === 'origin');
  const rows = Array.from({ length: 10_050 }, (_, n) => ({ origin: `airport ${n}` }));
  const { datasetId } = await workspace.load(analyst.tenantId, { name: 'airports', fields, rows });
  const answer = await ask({ dataset: datasetId, dimensions: ['origin'], limit: 10_000 });
  expect(answer.codes).toEqual([]);
  expect(answer.rows).toHaveLength(10_000);
  expect(answer.truncated).toBe(true);
});

describe('while a table is replaced', () => {
  const drop = (table: string | null) => workspace.stores.columns.command(`drop table ${table} sync`);

  it('waits for the news of the new one', async () => {
    const { tenantId } = analyst;
    const old = await workspace.load(tenantId, { name: 'swapped', fields: FLIGHT_FIELDS, rows: FLIGHTS });
    await drop(old.table);
    const answer = ask({ dataset: old.datasetId });
    await workspace.load(tenantId, { ...old, version: 2, rows: FLIGHTS.slice(1) });
    expect((await answer).rows).toMatchObject([{ values: [3] }]);
  });

  it('asks to try again when no news comes', async () => {
    const lost = await workspace.load(analyst.tenantId, { name: 'lost', fields: FLIGHT_FIELDS, rows: FLIGHTS });
    await drop(lost.table);
    expect((await ask({ dataset: lost.datasetId })).codes).toEqual(['UNAVAILABLE']);
  });
});
