import type { DatasetPublished } from '../../kernel/dataset-events';
import { FieldType } from '../../kernel/graphql/shared-types';
import { newId } from '../../kernel/ids';
import type { TestActor } from '../../kernel/testing/subgraph';
import { addTile } from '../dashboards/add-tile';
import { createDashboard } from '../dashboards/create-dashboard';
import { TileKind } from '../dashboards/dashboard.inputs';
import { FLIGHT_FIELDS, FLIGHTS, startWorkspace, until, type Workspace } from './workspace';

let workspace: Workspace;
let admin: TestActor;
let analyst: TestActor;
let flights: DatasetPublished;
let airports: DatasetPublished;

const AIRPORT_FIELDS: DatasetPublished['fields'] = [
  { name: 'code', type: FieldType.STRING, nullable: false },
  { name: 'state', type: FieldType.STRING, nullable: false },
  { name: 'runways', type: FieldType.INTEGER, nullable: false },
];

beforeAll(async () => {
  workspace = await startWorkspace();
  admin = workspace.actor('tenant_admin');
  analyst = workspace.actor('analyst', admin.tenantId);
  const { tenantId } = admin;
  flights = await workspace.load(tenantId, { name: 'flights', fields: FLIGHT_FIELDS, rows: FLIGHTS });
  const rows = [{ code: 'SEA', state: 'WA', runways: 3 }];
  airports = await workspace.load(tenantId, { name: 'airports', fields: AIRPORT_FIELDS, rows });
}, 60_000);
afterAll(() => workspace.close());

const DEFINE = /* GraphQL */ `
  mutation ($input: DefineSemanticModelInput!) {
    defineSemanticModel(input: $input) {
      version
      dataset {
        id
        timeField
        metrics {
          id
          name
          unit
          aggregation
          dataset {
            id
          }
        }
        dimensions {
          name
          type
        }
        joins {
          name
          dataset {
            id
          }
        }
      }
      userErrors {
        code
        field
        message
      }
    }
  }
`;
const ENTITY = /* GraphQL */ `
  query ($of: [_Any!]!) {
    _entities(representations: $of) {
      ... on Dataset {
        id
        timeField
        metrics {
          id
          name
        }
        dimensions {
          name
          derive
        }
        joins {
          name
        }
      }
      ... on Metric {
        id
        name
        label
        dataset {
          id
        }
      }
    }
  }
`;
const QUERY = /* GraphQL */ `
  query ($input: MetricQueryInput!) {
    metricQuery(input: $input) {
      rows {
        values
      }
      receipt {
        imports
      }
    }
  }
`;

const define = async (input: Record<string, unknown>, actor = admin) => {
  const { data, codes } = await actor.query(DEFINE, { input: { dataset: flights.datasetId, ...input } });
  return { ...data?.defineSemanticModel, codes };
};
const entity = async (of: Record<string, unknown>, actor = admin) =>
  (await actor.query(ENTITY, { of: [of] })).data._entities[0];

const MODEL = {
  timeField: 'departed',
  dimensions: [
    { name: 'airport', field: 'origin' },
    { name: 'hour', field: 'departed', derive: 'HOUR' },
  ],
  metrics: [
    { name: 'flights', aggregation: 'COUNT' },
    { name: 'late', aggregation: 'SHARE', filters: [{ field: 'delay', op: 'GT', values: [5] }] },
    { name: 'p50', aggregation: 'QUANTILE', field: 'distance', quantile: 0.5, unit: 'DISTANCE_MILES' },
  ],
};

describe('the default model', () => {
  it('offers what the fields allow, through the Dataset entity', async () => {
    const own = await workspace.load(admin.tenantId, { name: 'fresh', fields: FLIGHT_FIELDS, rows: [] });
    const { metrics, dimensions, timeField, joins } = await entity({ __typename: 'Dataset', id: own.datasetId });
    expect(metrics.map(({ name }: { name: string }) => name)).toEqual([
      'count', 'sum_delay', 'avg_delay', 'sum_distance', 'avg_distance',
    ]); // prettier-ignore
    expect(dimensions).toEqual([
      { name: 'origin', derive: null },
      { name: 'carrier', derive: null },
      { name: 'departed_date', derive: 'DATE' },
      { name: 'departed_hour', derive: 'HOUR' },
      { name: 'departed_weekday', derive: 'WEEKDAY' },
      { name: 'departed_month', derive: 'MONTH' },
    ]);
    expect({ timeField, joins }).toEqual({ timeField: 'departed', joins: [] });
  });

  it('follows the fields, with metric ids that stay', async () => {
    const own = await workspace.load(admin.tenantId, { name: 'following', fields: FLIGHT_FIELDS, rows: [] });
    const before = await entity({ __typename: 'Dataset', id: own.datasetId });
    const fields = [...FLIGHT_FIELDS.slice(0, 3), { name: 'seats', type: FieldType.INTEGER, nullable: false }];
    await workspace.load(admin.tenantId, { ...own, version: 2, fields, rows: [] });
    const after = await entity({ __typename: 'Dataset', id: own.datasetId });
    const idOf = (of: typeof after, name: string) =>
      of.metrics.find((metric: { name: string }) => metric.name === name)?.id;
    expect(idOf(after, 'sum_delay')).toBe(idOf(before, 'sum_delay'));
    expect(idOf(after, 'sum_seats')).toBeDefined();
    expect(idOf(after, 'sum_distance')).toBeUndefined();
    expect(after.timeField).toBeNull();
    expect(await entity({ __typename: 'Metric', id: idOf(before, 'sum_distance') })).toBeNull();
  });

  it('avoids names that clash', async () => {
    const fields: DatasetPublished['fields'] = [
      { name: 'count', type: FieldType.STRING, nullable: false },
      { name: 'time', type: FieldType.DATE, nullable: false },
    ];
    const own = await workspace.load(admin.tenantId, {
      name: 'clashing',
      fields,
      rows: [{ count: 'x', time: '1931-05-04' }],
    });
    const input = { dataset: own.datasetId, measures: ['count_2'], dimensions: ['count'], grain: 'WEEK' };
    const { data } = await analyst.query(QUERY, { input });
    expect(data.metricQuery.rows).toEqual([{ values: ['1931-05-04T00:00:00.000Z', 'x', 1] }]);
  });
});

describe('defineSemanticModel', () => {
  it('replaces the model at once, keeps a version, leaves an audit row', async () => {
    const { dataset, version, userErrors } = await define(MODEL);
    expect(userErrors).toEqual([]);
    expect(version).toBe(2);
    expect(dataset.metrics).toMatchObject([
      { name: 'flights', unit: 'NUMBER', dataset: { id: flights.datasetId } },
      { name: 'late', unit: 'PERCENT' },
      { name: 'p50', unit: 'DISTANCE_MILES' },
    ]);
    expect(dataset.dimensions).toEqual([
      { name: 'airport', type: 'STRING' },
      { name: 'hour', type: 'INTEGER' },
    ]);
    const input = { dataset: flights.datasetId, measures: ['flights', 'late', 'p50'], dimensions: ['airport'] };
    const { data } = await analyst.query(QUERY, { input });
    expect(data.metricQuery.rows.map(({ values }: { values: unknown[] }) => values)).toEqual([
      ['SEA', 3, 0.333333333333, 200],
      ['JFK', 1, 1, 1000],
    ]);
    expect(await workspace.audits(admin.tenantId)).toContainEqual({
      action: 'analytics.defineSemanticModel',
      resource: { type: 'dataset', id: flights.datasetId },
    });
    const [metric] = dataset.metrics;
    expect(await entity({ __typename: 'Metric', id: metric.id })).toMatchObject({ name: 'flights', label: 'Flights' });
  });

  it('joins many to one; rows without a partner have nulls', async () => {
    const joins = [{ name: 'from', dataset: airports.datasetId, localField: 'origin', targetField: 'code' }];
    expect((await define({ ...MODEL, joins })).userErrors).toEqual([]);
    const input = {
      dataset: flights.datasetId,
      measures: ['flights'],
      dimensions: ['from.state'],
      filters: [{ field: 'from.runways', op: 'NE', values: [9] }],
    };
    const { data } = await analyst.query(QUERY, { input });
    expect(data.metricQuery.rows).toEqual([{ values: ['WA', 3] }, { values: [null, 1] }]);
    expect(data.metricQuery.receipt.imports).toEqual([flights.importId, airports.importId]);

    await workspace.announceDeletion(admin.tenantId, airports.datasetId, 2);
    const { codes, errors } = await analyst.query(QUERY, { input });
    expect(codes).toEqual(['UNKNOWN_DIMENSION']);
    expect(errors[0]!.message).toContain('has been deleted');
  });

  it('says which tiles a change breaks, before and after it is made', async () => {
    const own = await workspace.load(admin.tenantId, { name: 'shown', fields: FLIGHT_FIELDS, rows: FLIGHTS });
    const { id } = await createDashboard(admin.ctx(), { name: 'Shown' });
    const query = (measure: string) => ({ dataset: own.datasetId, measures: [measure] });
    const tile = (measure: string) =>
      addTile(admin.ctx(), { dashboardId: id, title: measure, kind: TileKind.NUMBER, query: query(measure) });
    await tile('count');
    const { tile: broken } = await tile('sum_delay');
    const input = { dataset: own.datasetId, metrics: [{ name: 'count', aggregation: 'COUNT' }] };
    const impact = `query ($input: DefineSemanticModelInput!) { semanticModelImpact(input: $input) { tileId title message } }`;
    const expected = [
      { tileId: broken.id, title: 'sum_delay', message: expect.stringContaining('no measure "sum_delay"') },
    ];
    expect((await admin.query(impact, { input })).data.semanticModelImpact).toEqual(expected);
    expect((await analyst.query(impact, { input })).codes).toEqual(['FORBIDDEN']);
    expect((await analyst.query(QUERY, { input: query('sum_delay') })).codes).toEqual([]);
    const made = `mutation ($input: DefineSemanticModelInput!) { defineSemanticModel(input: $input) { affectedTiles { tileId title message } } }`;
    expect((await admin.query(made, { input })).data.defineSemanticModel.affectedTiles).toEqual(expected);
    expect((await analyst.query(QUERY, { input: query('sum_delay') })).codes).toEqual(['UNKNOWN_MEASURE']);
  });

  it('refuses a change made from an older version', async () => {
    const { version } = await define(MODEL);
    expect((await define({ ...MODEL, version })).userErrors).toEqual([]);
    expect((await define({ ...MODEL, version })).userErrors).toMatchObject([
      { code: 'VERSION_CONFLICT', field: ['version'] },
    ]);
  });

  it('survives being called many times at once', async () => {
    const { version } = await define(MODEL);
    const answers = await Promise.all(Array.from({ length: 8 }, () => define(MODEL)));
    expect(answers.map((answer) => answer.version).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 8 }, (_, n) => version + 1 + n),
    );
  });

  const metric = (rest: Record<string, unknown>) => ({ metrics: [{ name: 'm', aggregation: 'COUNT', ...rest }] });
  const filtered = (field: string, op: string, ...values: unknown[]) => metric({ filters: [{ field, op, values }] });
  const join = (rest: Record<string, unknown>) => ({
    joins: [{ name: 'j', dataset: newId(), localField: 'origin', targetField: 'code', ...rest }],
  });
  it.each([
    ['a name that is no name', metric({ name: 'count(); drop table x' }), ['metrics', '0', 'name']],
    ['the name of the time column', metric({ name: 'time' }), ['metrics', '0', 'name']],
    ['a name twice', { dimensions: [{ name: 'm', field: 'origin' }], ...metric({}) }, ['metrics', '0', 'name']],
    ['a field that is not there', metric({ aggregation: 'SUM', field: 'delays' }), ['metrics', '0', 'field']],
    ['SQL for a field', { dimensions: [{ name: 'd', field: 'origin`, 1' }] }, ['dimensions', '0', 'field']],
    ['a sum of texts', metric({ aggregation: 'SUM', field: 'origin' }), ['metrics', '0', 'field']],
    ['an average of nothing', metric({ aggregation: 'AVG' }), ['metrics', '0', 'field']],
    ['a share without a filter', metric({ aggregation: 'SHARE' }), ['metrics', '0', 'filters']],
    ['a quantile without its level', metric({ aggregation: 'QUANTILE', field: 'delay' }), ['metrics', '0', 'quantile']],
    [
      'a level beyond 1',
      metric({ aggregation: 'QUANTILE', field: 'delay', quantile: 95 }),
      ['metrics', '0', 'quantile'],
    ],
    ['a filter of the wrong type', filtered('delay', 'EQ', 'late'), ['metrics', '0', 'filters', '0', 'values']],
    ['a filter on nothing', filtered('nothing', 'EQ', 1), ['metrics', '0', 'filters', '0', 'field']],
    [
      'an hour of a text',
      { dimensions: [{ name: 'd', field: 'origin', derive: 'HOUR' }] },
      ['dimensions', '0', 'derive'],
    ],
    ['a time field that is none', { timeField: 'origin' }, ['timeField']],
    ['a join with nothing', join({}), ['joins', '0', 'dataset']],
  ])('refuses %s', async (_case, input, field) => {
    const { userErrors, dataset } = await define(input);
    expect(dataset).toBeNull();
    expect(userErrors).toMatchObject([{ code: 'INVALID_INPUT', field }]);
  });

  it('reports all that is wrong at once', async () => {
    const { userErrors } = await define({ timeField: 'nope', ...metric({ aggregation: 'SUM', field: 'origin' }) });
    expect(userErrors).toHaveLength(2);
  });

  it('is for those who may write metrics, in their own tenant', async () => {
    expect((await define(MODEL, analyst)).codes).toEqual(['FORBIDDEN']);
    const stranger = workspace.actor('tenant_admin');
    expect((await define(MODEL, stranger)).userErrors).toMatchObject([{ code: 'NOT_FOUND' }]);
    const theirs = await workspace.load(stranger.tenantId, { name: 'theirs', fields: AIRPORT_FIELDS, rows: [] });
    const foreign = await define(join({ dataset: theirs.datasetId }));
    expect(foreign.userErrors).toMatchObject([{ code: 'INVALID_INPUT', field: ['joins', '0', 'dataset'] }]);
    expect(await entity({ __typename: 'Dataset', id: flights.datasetId }, stranger)).toMatchObject({
      metrics: [],
      timeField: null,
    });
  });
});

it('forgets a deleted dataset and does not bring it back by a late publication', async () => {
  const own = await workspace.load(admin.tenantId, { name: 'brief', fields: FLIGHT_FIELDS, rows: [] });
  const { metrics } = await entity({ __typename: 'Dataset', id: own.datasetId });
  await workspace.announceDeletion(admin.tenantId, own.datasetId, 3);
  expect(await entity({ __typename: 'Metric', id: metrics[0].id })).toBeNull();
  const late = workspace.publish(admin.tenantId, { ...own, version: 2 });
  late.catch(() => undefined); // it waits for what must not happen
  await workspace.publish(admin.tenantId, { name: 'marker' });
  await until(async () => (await workspace.versionOf(admin.tenantId, own.datasetId)) === null);
  await workspace.publish(admin.tenantId, { ...own, version: 4 });
  await expect(late).rejects.toThrow();
}, 30_000);
