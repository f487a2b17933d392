import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { Client } from 'pg';
import { z } from 'zod';
import type { NamedQuery } from '../../../kernel/columns/columns';
import type { DatasetPublished } from '../../../kernel/dataset-events';
import { FieldType } from '../../../kernel/graphql/shared-types';
import { TOPICS, type StoredRecord } from '../../../kernel/log/log';
import { testIdentity, type TestActor } from '../../../kernel/testing/subgraph';
import { startWorkspace, until, type Workspace } from '../../tests/workspace';
import { ingestEvents, MAX_EVENTS } from '../ingest-events';
import { MAX_UNPACKED_BYTES } from '../ingest-body';

let workspace: Workspace;
let admin: TestActor;
let stranger: TestActor;
let orders: DatasetPublished;

const FIELDS: DatasetPublished['fields'] = [
  { name: 'shop', type: FieldType.STRING, nullable: false },
  { name: 'pieces', type: FieldType.INTEGER, nullable: true },
  { name: 'amount', type: FieldType.FLOAT, nullable: true },
  { name: 'paid', type: FieldType.BOOLEAN, nullable: true },
  { name: 'day', type: FieldType.DATE, nullable: true },
  { name: 'shipped', type: FieldType.DATETIME, nullable: true },
];

beforeAll(async () => {
  workspace = await startWorkspace();
  admin = workspace.actor('tenant_admin');
  stranger = workspace.actor('tenant_admin');
  orders = await workspace.publish(admin.tenantId, { name: 'orders', kind: 'EVENTS', importId: null, fields: FIELDS });
  await workspace.load(admin.tenantId, { name: 'loaded', fields: [FIELDS[0]!], rows: [] });
}, 60_000);
afterAll(() => workspace.close());

const MUTATION = `mutation ($input: IngestEventsInput!) {
  ingestEvents(input: $input) { accepted duplicates errors { index code message } userErrors { code message } } }`;
const ingest = async (who: TestActor, input: Record<string, unknown>) => {
  const { data, codes } = await who.query(MUTATION, { input });
  const answer: Record<string, unknown> = { ...(data?.ingestEvents as object), codes };
  return answer;
};
const order = (more: Record<string, unknown> = {}) => ({ name: 'order', properties: { shop: 'Brno', ...more } });

interface Row {
  event_id: string;
  name: string;
  time: string;
  strings: Record<string, string>;
  numbers: Record<string, number>;
}
const stored: NamedQuery<{ tenant: string; dataset: string }, Row> = {
  name: 'test.events',
  sql: `SELECT event_id, name, time, strings, numbers FROM events.events
    WHERE tenant_id = {tenant: UUID} AND dataset_id = {dataset: UUID} ORDER BY event_id`,
  row: z.object({
    event_id: z.string(),
    name: z.string(),
    time: z.string(),
    strings: z.record(z.string(), z.string()),
    numbers: z.record(z.string(), z.number()),
  }),
};
const rowsOf = async (tenantId: string, datasetId: string): Promise<Row[]> =>
  (await workspace.stores.columns.query(stored, { tenant: tenantId, dataset: datasetId })).rows;

async function logged(tenantId: string): Promise<StoredRecord[]> {
  const { log } = workspace.stores;
  const records: StoredRecord[] = [];
  for (const [partition, { next }] of await log.bounds(TOPICS.rawEvents.name)) {
    records.push(...(await log.read(TOPICS.rawEvents.name, partition, 0n, Number(next) + 1)));
  }
  return records.filter((record) => record.tenantId === tenantId);
}

/** As the tenants subgraph does it. */
async function limit(tenantId: string, resource: string, amount: number): Promise<void> {
  const url = new URL(process.env.TEST_ADMIN_URL!);
  url.pathname = new URL(workspace.runtime.stores.database.appUrl).pathname;
  const client = new Client({ connectionString: url.toString() });
  await client.connect();
  try {
    await client.query(`insert into tenants.quota_limit values ($1, $2, $3, 'month')`, [tenantId, resource, amount]);
  } finally {
    await client.end();
  }
}

/** A dataset of this test alone. */
async function dataset(name: string, fields = FIELDS): Promise<DatasetPublished> {
  return workspace.publish(admin.tenantId, { name, kind: 'EVENTS', importId: null, fields });
}

describe('ingestEvents', () => {
  it('puts every type of property where queries read it, and is durable with who sent it', async () => {
    const { datasetId } = await dataset('typed');
    const properties = {
      shop: 'Brno \u0000 🐘 \ud83d',
      pieces: -3,
      amount: 0.1,
      paid: true,
      day: '2026-02-28',
      shipped: '2026-02-28T12:00:00+01:00',
    };
    const event = { id: 'o-1', name: ' order ', time: '2026-02-28T10:59:59.999Z', properties };
    expect(await ingest(admin, { dataset: 'typed', events: [event] })).toEqual({
      accepted: 1,
      duplicates: 0,
      errors: [],
      userErrors: [],
      codes: [],
    });
    const [record] = (await logged(admin.tenantId)).filter(({ key }) => key === 'o-1');
    expect(record).toMatchObject({ tenantId: admin.tenantId, headers: { actor: `user:${admin.userId}` } });
    await until(async () => (await rowsOf(admin.tenantId, datasetId)).length === 1);
    expect(await rowsOf(admin.tenantId, datasetId)).toEqual([
      {
        event_id: 'o-1',
        name: 'order',
        time: '2026-02-28T10:59:59.999Z',
        strings: { shop: 'Brno \u0000 🐘 \ufffd', day: '2026-02-28', shipped: '2026-02-28T11:00:00.000Z' },
        numbers: { pieces: -3, amount: 0.1, paid: 1 },
      },
    ]);
    expect(await rowsOf(stranger.tenantId, datasetId)).toEqual([]);
  });

  it('answers bad events one by one and keeps the good ones', async () => {
    const { datasetId } = await dataset('mixed');
    const bad: [Record<string, unknown>, string, string][] = [
      [order({ pieces: 1.5 }), 'INVALID_INPUT', 'whole number'],
      [order({ pieces: 2 ** 53 }), 'INVALID_INPUT', 'whole number'],
      [order({ amount: '12' }), 'INVALID_INPUT', '"amount" must be a number'],
      [order({ paid: 'yes' }), 'INVALID_INPUT', 'true or false'],
      [order({ day: '2026-02-31' }), 'INVALID_INPUT', 'date'],
      [order({ shipped: 'yesterday' }), 'INVALID_INPUT', 'time'],
      [order({ shop: { name: 'x' } }), 'INVALID_INPUT', 'text'],
      [order({ shop: 'x'.repeat(9_000) }), 'INVALID_INPUT', '8192'],
      [order({ amuont: 1 }), 'UNKNOWN_FIELD', 'Did you mean "amount"'],
      [order({ __proto__x: 1 }), 'UNKNOWN_FIELD', '__proto__x'],
      [{ name: 'order', properties: {} }, 'INVALID_INPUT', '"shop" is missing'],
      [{ name: '', properties: { shop: 'x' } }, 'INVALID_INPUT', 'name'],
      [{ ...order(), id: '' }, 'INVALID_INPUT', 'id'],
      [{ ...order(), id: 'x'.repeat(129) }, 'INVALID_INPUT', '128'],
      [{ ...order(), time: '2199-01-01T00:00:00Z' }, 'INVALID_INPUT', 'a day from now'],
      [{ ...order(), time: '1969-01-01T00:00:00Z' }, 'INVALID_INPUT', '1970'],
      [{ ...order(), properties: [1] }, 'INVALID_INPUT', 'properties'],
      [{ ...order(), dataset: 'order' }, 'NOT_FOUND', 'Did you mean'],
      [{ ...order(), dataset: 'nul \u0000' }, 'NOT_FOUND', ''],
      [{ ...order(), dataset: 'loaded' }, 'INVALID_INPUT', 'imports'],
      [
        order(Object.fromEntries(Array.from({ length: 9 }, (_, n) => [`k${n}`, 'é'.repeat(8_000)]))),
        'PAYLOAD_TOO_LARGE',
        '64 KB',
      ],
    ];
    const events = bad.flatMap(([event], index) => [{ ...order(), id: `good-${index}` }, event]);
    const answer = await ingest(admin, { dataset: 'mixed', events });
    expect(answer).toMatchObject({ accepted: bad.length, duplicates: 0, userErrors: [] });
    const errors = answer.errors as { index: number; code: string; message: string }[];
    expect(errors.map(({ index, code }) => [index, code])).toEqual(bad.map(([, code], n) => [2 * n + 1, code]));
    errors.forEach(({ message }, n) => expect(message).toContain(bad[n]![2]));
    await until(async () => (await rowsOf(admin.tenantId, datasetId)).length === bad.length);
  });

  it('counts an id once, in a call, in the next, and when the first was not in the columns yet', async () => {
    const { datasetId } = await dataset('repeated');
    const { datasetId: other } = await dataset('repeated_too');
    const event = (id: string) => ({ ...order(), id });
    const twice = [event('a'), event('a'), event('b'), order()];
    expect(await ingest(admin, { dataset: 'repeated', events: twice })).toMatchObject({ accepted: 3, duplicates: 1 });
    const [c, d] = await Promise.all([
      ingest(admin, { dataset: 'repeated', events: [event('c'), event('a')] }),
      ingest(admin, { dataset: 'repeated', events: [event('c')] }),
    ]);
    expect(Number(c.accepted) + Number(d.accepted)).toBeGreaterThan(0);
    await until(async () => (await rowsOf(admin.tenantId, datasetId)).length === 4);
    expect(await ingest(admin, { dataset: 'repeated', events: [event('a'), event('b'), event('c')] })).toMatchObject({
      accepted: 0,
      duplicates: 3,
    });
    expect(await ingest(admin, { dataset: 'repeated_too', events: [event('a')] })).toMatchObject({ accepted: 1 });
    await until(async () => (await rowsOf(admin.tenantId, other)).length === 1);
    const ids = (await rowsOf(admin.tenantId, datasetId)).map(({ event_id }) => event_id);
    expect(ids.filter((id) => id.length === 1)).toEqual(['a', 'b', 'c']);
  });

  it("neither finds another tenant's dataset nor takes its ids for its own", async () => {
    expect(await ingest(stranger, { dataset: 'orders', events: [order()] })).toMatchObject({
      accepted: 0,
      errors: [{ index: 0, code: 'NOT_FOUND' }],
    });
    const theirs = await workspace.publish(stranger.tenantId, {
      name: 'orders',
      kind: 'EVENTS',
      importId: null,
      fields: FIELDS,
    });
    const event = { ...order(), id: 'shared' };
    expect(await ingest(admin, { dataset: 'orders', events: [event] })).toMatchObject({ accepted: 1 });
    await until(async () => (await rowsOf(admin.tenantId, orders.datasetId)).length === 1);
    expect(await ingest(stranger, { dataset: 'orders', events: [event] })).toMatchObject({
      accepted: 1,
      duplicates: 0,
    });
    await until(async () => (await rowsOf(stranger.tenantId, theirs.datasetId)).length === 1);
    expect(await rowsOf(stranger.tenantId, orders.datasetId)).toEqual([]);
  });

  it('is refused without the permission, and without signing in', async () => {
    const viewer = workspace.actor('viewer', admin.tenantId);
    expect((await ingest(viewer, { dataset: 'orders', events: [order()] })).codes).toEqual(['FORBIDDEN']);
    const nobody = { ...admin.identity, actor: { kind: 'anonymous' as const }, permissions: [], tenantId: null };
    const ctx = workspace.runtime.requestCtx(nobody, new AbortController().signal);
    await expect(ingestEvents(ctx, { dataset: 'orders', events: [order()] })).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
    });
  });

  it('refuses more events than a call may have, whole', async () => {
    const events = Array.from({ length: MAX_EVENTS + 1 }, () => order());
    const answer = await ingest(admin, { dataset: 'orders', events });
    expect(answer).toMatchObject({ accepted: 0, userErrors: [{ code: 'INVALID_INPUT' }] });
    expect(await ingest(admin, { dataset: 'orders', events: [] })).toMatchObject({ accepted: 0, errors: [] });
  });

  it('refuses what the quota does not allow, and takes nothing of it', async () => {
    const limited = workspace.actor('tenant_admin');
    await workspace.publish(limited.tenantId, { name: 'orders', kind: 'EVENTS', importId: null, fields: FIELDS });
    await limit(limited.tenantId, 'events', 3);
    expect(await ingest(limited, { dataset: 'orders', events: [order(), order({ pieces: 'x' })] })).toMatchObject({
      accepted: 1,
    });
    const answer = await ingest(limited, { dataset: 'orders', events: [order(), order(), order()] });
    expect(answer).toMatchObject({ accepted: 0, userErrors: [{ code: 'QUOTA_EXCEEDED' }] });
    expect(await logged(limited.tenantId)).toHaveLength(1);
    expect(await ingest(limited, { dataset: 'orders', events: [order(), order()] })).toMatchObject({ accepted: 2 });
  });
});

describe('POST /ingest', () => {
  const post = async (body: string | Buffer, { headers = {}, query = {}, identity = admin.identity } = {}) => {
    const response = await workspace.executor.rest({
      method: 'POST',
      path: '/ingest',
      query: { dataset: 'orders', ...query },
      headers,
      body: Readable.from([Buffer.from(body)], { objectMode: false }),
      identity,
      signal: new AbortController().signal,
    });
    return { status: response.status, ...(JSON.parse(response.body as string) as Record<string, any>) };
  };
  const line = (more?: Record<string, unknown>) => JSON.stringify(order(more));

  it('takes lines, and tells broken ones by their number', async () => {
    const body = [line(), '', '{"name": "ord', line({ pieces: 'x' }), '"text"', '  ', line()].join('\r\n');
    expect(await post(`\uFEFF${body}`)).toMatchObject({
      status: 202,
      success: true,
      data: {
        accepted: 2,
        duplicates: 0,
        errors: [
          { index: 1, line: 3, code: 'BAD_REQUEST' },
          { index: 2, line: 4, code: 'INVALID_INPUT' },
          { index: 3, line: 5, code: 'INVALID_INPUT' },
        ],
      },
    });
  });

  it('takes an array, packed or not', async () => {
    const array = `  [${line()}, ${line()}, 7]`;
    const expected = { accepted: 2, errors: [{ index: 2, line: null, code: 'INVALID_INPUT' }] };
    expect(await post(array)).toMatchObject({ status: 202, data: expected });
    expect(await post(gzipSync(array), { headers: { 'content-encoding': 'gzip' } })).toMatchObject({ data: expected });
    expect(await post('')).toMatchObject({ status: 202, data: { accepted: 0, errors: [] } });
  });

  it('refuses bodies that cannot be read', async () => {
    expect(await post('[{]')).toMatchObject({ status: 400, error: { code: 'BAD_REQUEST' } });
    const gzip = { headers: { 'content-encoding': 'gzip' } };
    expect(await post('not packed', gzip)).toMatchObject({ status: 400, error: { code: 'BAD_REQUEST' } });
    expect(await post(gzipSync(line()).subarray(0, 30), gzip)).toMatchObject({ status: 400 });
    expect(await post('x', { headers: { 'content-encoding': 'br' } })).toMatchObject({ status: 415 });
    const many = `${line()}\n`.repeat(MAX_EVENTS + 1);
    expect(await post(many)).toMatchObject({ status: 400, error: { code: 'INVALID_INPUT' } });
  });

  it('stops unpacking at its limit', async () => {
    const bomb = gzipSync(Buffer.alloc(MAX_UNPACKED_BYTES + 1_000_000, ' '));
    expect(bomb.length).toBeLessThan(100_000);
    expect(await post(bomb, { headers: { 'content-encoding': 'gzip' } })).toMatchObject({
      status: 413,
      error: { code: 'PAYLOAD_TOO_LARGE' },
    });
  });

  it('is refused without the permission', async () => {
    const identity = testIdentity(admin.tenantId, ['read:data']);
    expect(await post(line(), { identity })).toMatchObject({ status: 403, error: { code: 'FORBIDDEN' } });
  });
});
