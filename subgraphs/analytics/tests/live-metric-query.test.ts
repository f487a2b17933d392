import fc from 'fast-check';
import type { DatasetPublished } from '../../kernel/dataset-events';
import type { TestActor } from '../../kernel/testing/subgraph';
import { servicesOf } from '../services';
import { LiveClient } from './live-client';
import { LiveReader } from './live-reader';
import { FIELDS, sourceRow } from './queries.arbitrary';
import { FLIGHT_FIELDS, FLIGHTS, startWorkspace, until, type Workspace } from './workspace';

let workspace: Workspace;
let analyst: TestActor;
let flights: DatasetPublished;

beforeAll(async () => {
  workspace = await startWorkspace();
  analyst = workspace.actor('analyst');
  flights = await workspace.load(analyst.tenantId, { name: 'flights', fields: FLIGHT_FIELDS, rows: FLIGHTS });
}, 60_000);
afterAll(() => workspace.close());

const LIVE = /* GraphQL */ `
  subscription ($input: MetricQueryInput!, $resume: String) {
    liveMetricQuery(input: $input, resume: $resume) {
      kind
      columns {
        name
      }
      rows {
        key
        values
      }
      removed
      order
      truncated
      resumeToken
      receipt {
        version
        freshness
        policies
      }
    }
  }
`;
const ONCE = /* GraphQL */ `
  query ($input: MetricQueryInput!) {
    metricQuery(input: $input) {
      rows {
        key
        values
      }
      receipt {
        version
      }
    }
  }
`;

const inputOf = (dataset: string) => ({ dataset, measures: ['count', 'sum_distance'], dimensions: ['origin'] });
const open = (input: unknown, actor = analyst, resume?: string) =>
  LiveClient.open(workspace, actor, LIVE, { input, resume });
const engine = () => servicesOf(workspace.runtime.stores).engine;

it('sends a snapshot, then what a new publication changed', async () => {
  const own = await workspace.load(analyst.tenantId, { name: 'own', fields: FLIGHT_FIELDS, rows: FLIGHTS });
  const client = await open(inputOf(own.datasetId));
  const snapshot = await client.next();
  expect(snapshot).toMatchObject({
    kind: 'SNAPSHOT',
    columns: [{ name: 'origin' }, { name: 'count' }, { name: 'sum_distance' }],
    rows: [
      { key: '["SEA"]', values: ['SEA', 3, 600.5] },
      { key: '["JFK"]', values: ['JFK', 1, 1000] },
    ],
    removed: [],
    order: null,
  });

  const more = [{ ...FLIGHTS[0]!, origin: 'LAX' }, ...FLIGHTS.filter(({ origin }) => origin === 'SEA')];
  await workspace.load(analyst.tenantId, { ...own, version: 2, rows: more });
  const delta = await client.next();
  expect(delta).toMatchObject({
    kind: 'DELTA',
    columns: null,
    rows: [{ key: '["LAX"]', values: ['LAX', 1, 100.5] }],
    removed: ['["JFK"]'],
  });
  const fresh = await analyst.query(ONCE, { input: inputOf(own.datasetId) });
  expect(delta.receipt.version).toBe(fresh.data.metricQuery.receipt.version);
  expect(delta.receipt.version).not.toBe(snapshot.receipt.version);
  await client.close();
});

it('goes on without a gap after a reconnection, and resets with a token it cannot use', async () => {
  const own = await workspace.load(analyst.tenantId, { name: 'resumed', fields: FLIGHT_FIELDS, rows: FLIGHTS });
  const input = inputOf(own.datasetId);
  const first = await open(input);
  const { resumeToken } = await first.next();
  await first.close();
  await workspace.load(analyst.tenantId, { ...own, version: 2, rows: FLIGHTS.slice(1) });
  await until(async () => {
    const { data } = await analyst.query(ONCE, { input });
    return data.metricQuery.rows[0].values[1] === 2;
  });

  const again = await open(input, analyst, resumeToken);
  expect(await again.next()).toMatchObject({ kind: 'DELTA', rows: [{ key: '["SEA"]', values: ['SEA', 2, 500] }] });
  await again.close();

  const tampered = `${String(resumeToken).slice(0, -4)}AAAA`;
  const other = inputOf(flights.datasetId);
  for (const [token, asked] of [
    [tampered, input],
    ['nonsense', input],
    [resumeToken, other],
  ] as const) {
    const client = await open(asked, analyst, token);
    expect((await client.next()).kind).toBe('RESET');
    await client.close();
  }
});

it('keeps a client equal to fresh queries over random publications', async () => {
  const rows = fc.array(sourceRow, { minLength: 5, maxLength: 30 });
  const { tenantId } = analyst;
  let published = await workspace.load(tenantId, { name: 'random', fields: FIELDS, rows: [] });
  const input = {
    dataset: published.datasetId,
    measures: ['count', 'sum_i', 'avg_f'],
    dimensions: ['s', 'flag'],
    limit: 8,
  };
  const client = await open(input);
  const reader = new LiveReader();
  reader.apply(await client.next());
  for (const next of fc.sample(rows, 12)) {
    published = await workspace.load(tenantId, {
      ...published,
      version: published.version + 1,
      fields: FIELDS,
      rows: next,
    });
    const fresh = async () => (await analyst.query(ONCE, { input })).data.metricQuery;
    const { rows: expected, receipt } = await fresh();
    let event;
    do {
      event = await client.next();
      reader.apply(event);
    } while (event.receipt.version !== receipt.version);
    expect(reader.rows).toEqual(expected);
  }
  await client.close();
}, 60_000);

it('moves its window along with time', async () => {
  const now = Date.now();
  const at = (secondsAgo: number) => new Date(now - secondsAgo * 1_000).toISOString();
  const rows = [57, 30].map((ago) => ({ ...FLIGHTS[0]!, departed: at(ago) }));
  const own = await workspace.load(analyst.tenantId, { name: 'moving', fields: FLIGHT_FIELDS, rows });
  const client = await open({ dataset: own.datasetId, measures: ['count'], timeRange: { last: 'PT1M' } });
  expect((await client.next()).rows[0].values).toEqual([2]);
  const delta = await client.next();
  expect(delta).toMatchObject({ kind: 'DELTA', rows: [{ key: 'total', values: [1] }] });
  expect(Date.now() - now).toBeGreaterThan(2_500);
  await client.close();
});

it('ends with an error that says what to do when its dataset is deleted', async () => {
  const own = await workspace.load(analyst.tenantId, { name: 'doomed', fields: FLIGHT_FIELDS, rows: FLIGHTS });
  const client = await open(inputOf(own.datasetId));
  await client.next();
  await workspace.announceDeletion(analyst.tenantId, own.datasetId, 2);
  const { errors } = await client.next();
  expect(errors[0]).toMatchObject({ code: 'NOT_FOUND', message: expect.stringContaining('may have been deleted') });
  expect(await client.next()).toBeUndefined();
});

it('shares one group among equal readers and lets go of it when the signal aborts', async () => {
  const input = { ...inputOf(flights.datasetId), limit: 77 };
  const before = engine().size;
  const second = workspace.actor('analyst', analyst.tenantId);
  const clients = await Promise.all([analyst, second, analyst].map((actor) => open(input, actor)));
  for (const client of clients) expect((await client.next()).kind).toBe('SNAPSHOT');
  expect(engine().size).toBe(before + 1);
  const waiting = clients.map((client) => client.next());
  for (const client of clients) client.abort();
  expect(await Promise.all(waiting)).toEqual([undefined, undefined, undefined]);
});

it.each([
  ['nobody', 'nobody', 'FORBIDDEN'],
  ['another tenant', 'tenant_admin', 'NOT_FOUND'],
])('is refused to %s', async (_who, role, code) => {
  const actor = role === 'nobody' ? workspace.actor(role, analyst.tenantId) : workspace.actor(role);
  const client = await open(inputOf(flights.datasetId), actor);
  expect((await client.next()).errors).toMatchObject([{ code }]);
  expect(await client.next()).toBeUndefined();
});

it('gives a resume token of one tenant no meaning in another', async () => {
  const client = await open(inputOf(flights.datasetId));
  const { resumeToken } = await client.next();
  await client.close();
  const stranger = workspace.actor('analyst');
  const own = await workspace.load(stranger.tenantId, { name: 'theirs', fields: FLIGHT_FIELDS, rows: [] });
  const theirs = await open(inputOf(own.datasetId), stranger, resumeToken);
  expect(await theirs.next()).toMatchObject({ kind: 'RESET', rows: [] });
  await theirs.close();
});
