import type { DatasetPublished } from '../../kernel/dataset-events';
import { FieldType } from '../../kernel/graphql/shared-types';
import type { TestActor } from '../../kernel/testing/subgraph';
import { defineSemanticModel } from '../model/define-semantic-model';
import { Aggregation } from '../model/semantic-model';
import { LiveClient } from './live-client';
import { LiveReader } from './live-reader';
import { startWorkspace, until, type Workspace } from './workspace';

let workspace: Workspace;
let admin: TestActor;
let clicks: DatasetPublished;

beforeAll(async () => {
  workspace = await startWorkspace();
  admin = workspace.actor('tenant_admin');
  clicks = await workspace.publish(admin.tenantId, {
    name: 'clicks',
    kind: 'EVENTS',
    importId: null,
    fields: [
      { name: 'page', type: FieldType.STRING, nullable: true },
      { name: 'amount', type: FieldType.FLOAT, nullable: true },
    ],
  });
}, 60_000);
afterAll(() => workspace.close());

const INGEST = `mutation ($input: IngestEventsInput!) { ingestEvents(input: $input) { accepted userErrors { message } } }`;
const ONCE = `query ($input: MetricQueryInput!) { metricQuery(input: $input) { rows { key values } receipt { freshness watermark version cache } } }`;
const LIVE = `subscription ($input: MetricQueryInput!) { liveMetricQuery(input: $input) { kind rows { key values } removed order receipt { version freshness } } }`;

const send = async (events: { name: string; time?: string; properties?: Record<string, unknown> }[]) => {
  const { data, errors } = await admin.query(INGEST, { input: { dataset: 'clicks', events } });
  expect(errors).toEqual([]);
  expect(data.ingestEvents.accepted).toBe(events.length);
};
const ask = async (input: Record<string, unknown>) =>
  (await admin.query(ONCE, { input: { dataset: clicks.datasetId, ...input } })).data.metricQuery;

it('keeps a live query about events equal to a fresh one, from ingestion to the reader', async () => {
  const input = { dataset: clicks.datasetId, measures: ['count', 'sum_amount'], dimensions: ['page'] };
  const client = await LiveClient.open(workspace, admin, LIVE, { input });
  const reader = new LiveReader();
  reader.apply(await client.next());
  expect(reader.rows).toEqual([]);

  let total = 0;
  for (let round = 1; round <= 5; round++) {
    const events = Array.from({ length: round * 10 }, (_, n) => ({
      name: 'click',
      properties: n % 3 === 0 ? { amount: n } : { page: `/${(n + round) % 4}`, amount: 0.5 },
    }));
    await send(events);
    total += events.length;
    const counted = () => reader.rows.reduce((sum, { values }) => sum + Number(values[1]), 0);
    while (counted() < total) reader.apply(await client.next());
    expect(counted()).toBe(total);
    expect(reader.rows).toEqual((await ask(input)).rows);
  }
  expect(reader.kinds.filter((kind) => kind !== 'DELTA')).toEqual(['SNAPSHOT']);
  await client.close();
});

it('answers the same from windows and from the events themselves', async () => {
  const before = await ask({ measures: ['count', 'avg_amount'], dimensions: ['name'] });
  const filters = [{ field: 'page', op: 'NE', values: ['no such page'] }]; // pages are not in the windows
  const rows = await ask({ measures: ['count', 'avg_amount'], dimensions: ['name'], filters });
  expect(rows.rows).toEqual(before.rows);
  expect(before.rows[0].values[1]).toBe(150);
});

it('never serves an old answer from the cache after new events', async () => {
  const input = { measures: ['count'] };
  const first = await ask(input);
  expect((await ask(input)).receipt.cache).toBe('HIT');
  const time = new Date(Date.now() + 60_000).toISOString();
  await send([{ name: 'later', time }]);
  await until(async () => (await ask(input)).rows[0].values[0] === first.rows[0].values[0] + 1);
  const { receipt } = await ask(input);
  expect(receipt.version).not.toBe(first.receipt.version);
  expect(receipt.freshness).toBe(time);
  expect(Math.abs(Date.parse(receipt.watermark) - Date.now())).toBeLessThan(5_000);
});

it('reaches readers of another process, and its own cache', async () => {
  const input = {
    dataset: clicks.datasetId,
    measures: ['count'],
    filters: [{ field: 'name', op: 'EQ', values: ['far'] }],
  };
  const other = await workspace.double();
  const far = other.actor('analyst', admin.tenantId);
  const client = await LiveClient.open({ ...workspace, executor: other.executor }, far, LIVE, { input });
  expect((await client.next()).rows[0].values).toEqual([0]);
  expect((await far.query(ONCE, { input })).data.metricQuery.rows[0].values).toEqual([0]);
  await send([{ name: 'far' }]);
  expect((await client.next()).rows[0].values).toEqual([1]);
  expect((await far.query(ONCE, { input })).data.metricQuery.rows[0].values).toEqual([1]);
  await client.close();
}, 30_000);

it('joins events to imported datasets by texts and by whole numbers', async () => {
  const own = workspace.actor('tenant_admin');
  const plans = await workspace.load(own.tenantId, {
    name: 'plans',
    fields: [
      { name: 'code', type: FieldType.STRING, nullable: false },
      { name: 'number', type: FieldType.INTEGER, nullable: false },
      { name: 'title', type: FieldType.STRING, nullable: false },
    ],
    rows: [{ code: 'p', number: 7, title: 'Pro' }],
  });
  const sales = await workspace.publish(own.tenantId, {
    name: 'sales',
    kind: 'EVENTS',
    fields: [
      { name: 'plan', type: FieldType.STRING, nullable: true },
      { name: 'plan_number', type: FieldType.INTEGER, nullable: true },
    ],
  });
  const join = (name: string, localField: string, targetField: string) => ({
    name,
    dataset: plans.datasetId,
    localField,
    targetField,
  });
  await defineSemanticModel(own.ctx(), {
    dataset: sales.datasetId,
    metrics: [{ name: 'count', aggregation: Aggregation.COUNT }],
    joins: [join('by_code', 'plan', 'code'), join('by_number', 'plan_number', 'number')],
  });
  const properties = [{ plan: 'p', plan_number: 7 }, { plan: 'x' }, { plan_number: 8 }, {}];
  const input = { dataset: 'sales', events: properties.map((each) => ({ name: 'sale', properties: each })) };
  await own.query(INGEST, { input });
  for (const dimension of ['by_code.title', 'by_number.title']) {
    const query = { dataset: sales.datasetId, measures: ['count'], dimensions: [dimension] };
    const rows = async () => (await own.query(ONCE, { input: query })).data.metricQuery.rows;
    await until(async () => (await rows()).length === 2);
    expect(await rows()).toMatchObject([{ values: [null, 3] }, { values: ['Pro', 1] }]);
  }
});

it('does not show one tenant the events of another', async () => {
  const stranger = workspace.actor('tenant_admin');
  const theirs = await workspace.publish(stranger.tenantId, { ...clicks, importId: null });
  const { data } = await stranger.query(ONCE, { input: { dataset: theirs.datasetId, measures: ['count'] } });
  expect(data.metricQuery.rows).toEqual([{ key: 'total', values: [0] }]);
});
