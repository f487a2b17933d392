import { datasetDeleted, datasetPublished } from '../../kernel/dataset-events';
import { importText, outbox, until } from './steps';
import { startWorld, type TestActor, type World } from './world';

let world: World;
let admin: TestActor;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());
beforeEach(() => {
  admin = world.actor('tenant_admin');
});

const VIEW = `id name label description kind version rowCount fields { name type nullable description } createdBy { id }`;
const CREATE = `mutation($input: CreateEventDatasetInput!) { createEventDataset(input: $input) { dataset { ${VIEW} } userErrors { code field message } } }`;
const UPDATE = `mutation($input: UpdateDatasetInput!) { updateDataset(input: $input) { dataset { ${VIEW} } userErrors { code field message } } }`;
const DELETE = `mutation($id: ID!) { deleteDataset(input: {id: $id}) { dataset { id } userErrors { code message } } }`;
const READ = `query($id: ID!, $name: String!) { dataset(id: $id) { id } datasetByName(name: $name) { id } datasets { edges { node { id } } } }`;
const LIST = `query($first: Int, $after: String) { datasets(first: $first, after: $after) { edges { node { name lastImport { fileName } } } pageInfo { hasNextPage endCursor } } }`;
const ENTITIES = `query($r: [_Any!]!) { _entities(representations: $r) { ... on Dataset { name lastImport { status } } ... on ImportRun { fileName } } }`;

const input = (name = 'page_views', more = {}) => ({
  name,
  label: 'Page views',
  fields: [
    { name: 'path', type: 'STRING', nullable: false, description: 'Where' },
    { name: 'ms', type: 'INTEGER' },
  ],
  ...more,
});
const create = async (actor: TestActor, name = 'page_views') =>
  (await actor.run(CREATE, { input: input(name) })).data.createEventDataset.dataset;
const actions = async (actor: TestActor) =>
  (await outbox(world, actor.tenantId, 'audit.recorded')).map(({ action }) => action);

it('declares an event dataset, announces it by the contract and audits it', async () => {
  const { data, errors } = await admin.run(CREATE, { input: input() });
  expect(errors).toEqual([]);
  expect(data.createEventDataset).toMatchObject({
    userErrors: [],
    dataset: { name: 'page_views', kind: 'EVENTS', version: 1, rowCount: null, createdBy: { id: admin.userId } },
  });
  const [event] = await outbox(world, admin.tenantId, 'dataset.published');
  expect(datasetPublished.parse(event)).toMatchObject({
    datasetId: data.createEventDataset.dataset.id,
    kind: 'EVENTS',
    table: null,
    version: 1,
    importId: null,
    fields: [
      { name: 'path', type: 'STRING', nullable: false, description: 'Where' },
      { name: 'ms', type: 'INTEGER', nullable: true, description: null },
    ],
  });
  expect(await actions(admin)).toEqual(['data-sources.createEventDataset']);
});

it.each([
  ['a bad name', input('Page Views'), ['name']],
  ['a label with a NUL', input('x', { label: 'a\0b' }), ['label']],
  ['no fields', input('x', { fields: [] }), ['fields']],
  ['a field that is no identifier', input('x', { fields: [{ name: 'a`b', type: 'STRING' }] }), ['fields', '0', 'name']],
  ['a reserved field', input('x', { fields: [{ name: 'Tenant_Id', type: 'STRING' }] }), ['fields', '0', 'name']],
  [
    'a field twice',
    input('x', {
      fields: [
        { name: 'a', type: 'STRING' },
        { name: 'A', type: 'STRING' },
      ],
    }),
    ['fields', '1', 'name'],
  ],
])('refuses %s', async (_case, given, field) => {
  const { data } = await admin.run(CREATE, { input: given });
  expect(data.createEventDataset).toMatchObject({ dataset: null, userErrors: [{ code: 'INVALID_INPUT', field }] });
});

it('a name is taken once in a tenant, and free in another', async () => {
  await create(admin);
  expect((await admin.run(CREATE, { input: input() })).data.createEventDataset.userErrors).toMatchObject([
    { code: 'CONFLICT', field: ['name'] },
  ]);
  expect(await create(world.actor('tenant_admin'))).toMatchObject({ name: 'page_views' });
  await expect(importText(admin, 'x.csv', 'a\n1\n', { name: 'page_views' })).rejects.toThrow('CONFLICT');
});

it('two that are created at the same moment: one wins', async () => {
  const answers = await Promise.all([1, 2, 3].map(() => admin.run(CREATE, { input: input() })));
  const codes = answers.map(({ data }) => data.createEventDataset.userErrors[0]?.code ?? 'ok').sort();
  expect(codes).toEqual(['CONFLICT', 'CONFLICT', 'ok']);
});

it('changes an event dataset, with a new version for those who follow', async () => {
  const { id } = await create(admin);
  const fields = [{ name: 'path', type: 'STRING' }];
  const { data } = await admin.run(UPDATE, {
    input: { id, label: 'Views', description: 'All', fields, expectedVersion: 1 },
  });
  expect(data.updateDataset).toMatchObject({
    userErrors: [],
    dataset: { label: 'Views', description: 'All', version: 2 },
  });
  const events = await outbox(world, admin.tenantId, 'dataset.published');
  expect(events.map(({ version, label, fields: told }) => [version, label, told.length])).toEqual([
    [1, 'Page views', 2],
    [2, 'Views', 1],
  ]);
  expect(
    (await admin.run(UPDATE, { input: { id, label: 'Late', expectedVersion: 1 } })).data.updateDataset.userErrors,
  ).toMatchObject([{ code: 'VERSION_CONFLICT' }]);
  expect(await actions(admin)).toEqual(['data-sources.createEventDataset', 'data-sources.updateDataset']);
});

it('changes a table’s label and keeps its data; its fields change by an import only', async () => {
  const { dataset } = await importText(admin, 'x.csv', 'a\n1\n');
  const ok = await admin.run(UPDATE, { input: { id: dataset.id, label: 'New' } });
  expect(ok.data.updateDataset.dataset).toMatchObject({ label: 'New', version: 2, rowCount: 1 });
  const [before, after] = await outbox(world, admin.tenantId, 'dataset.published');
  expect(after).toMatchObject({ label: 'New', version: 2, table: before.table, importId: before.importId });
  const refused = await admin.run(UPDATE, { input: { id: dataset.id, fields: [{ name: 'b', type: 'STRING' }] } });
  expect(refused.data.updateDataset.userErrors).toMatchObject([{ code: 'INVALID_INPUT', field: ['fields'] }]);
});

it('deletes a dataset and says so', async () => {
  const { dataset } = await importText(admin, 'x.csv', 'a\n1\n');
  const { data } = await admin.run(DELETE, { id: dataset.id });
  expect(data.deleteDataset).toEqual({ dataset: { id: dataset.id }, userErrors: [] });
  const [event] = await outbox(world, admin.tenantId, 'dataset.deleted');
  expect(datasetDeleted.parse(event)).toEqual({ datasetId: dataset.id, version: 2 });
  expect((await admin.run(READ, { id: dataset.id, name: 'it' })).data).toEqual({
    dataset: null,
    datasetByName: null,
    datasets: { edges: [] },
  });
  expect((await admin.run(DELETE, { id: dataset.id })).data.deleteDataset.userErrors).toMatchObject([
    { code: 'NOT_FOUND' },
  ]);
  expect(await actions(admin)).toContain('data-sources.deleteDataset');
});

it('lists by name, page by page, with the newest import of each', async () => {
  for (const name of ['c', 'a', 'b']) await importText(admin, `${name}.csv`, 'x\n1\n', { name });
  const first = await admin.run(LIST, { first: 2 });
  expect(first.errors).toEqual([]);
  expect(first.data.datasets.edges.map(({ node }: any) => [node.name, node.lastImport.fileName])).toEqual([
    ['a', 'a.csv'],
    ['b', 'b.csv'],
  ]);
  const { endCursor, hasNextPage } = first.data.datasets.pageInfo;
  expect(hasNextPage).toBe(true);
  const second = await admin.run(LIST, { first: 2, after: endCursor });
  expect(second.data.datasets).toMatchObject({ edges: [{ node: { name: 'c' } }], pageInfo: { hasNextPage: false } });
  const stranger = world.actor('tenant_admin');
  expect((await stranger.run(LIST, { first: 2, after: endCursor })).errors).toMatchObject([{ code: 'INVALID_INPUT' }]);
  expect((await admin.run(LIST, { first: 1_000 })).errors).toMatchObject([{ code: 'INVALID_INPUT' }]);
});

describe('another tenant', () => {
  it('finds nothing of ours, whichever way it asks, and changes nothing', async () => {
    const run = await importText(admin, 'x.csv', 'a\n1\nb,c\n');
    const stranger = world.actor('tenant_admin');
    const { id } = run.dataset;
    expect((await stranger.run(READ, { id, name: 'it' })).data).toEqual({
      dataset: null,
      datasetByName: null,
      datasets: { edges: [] },
    });
    expect((await stranger.run(`query($id: ID!) { importRun(id: $id) { id } }`, { id: run.id })).data).toEqual({
      importRun: null,
    });
    const r = [
      { __typename: 'Dataset', id },
      { __typename: 'ImportRun', id: run.id },
    ];
    expect((await stranger.run(ENTITIES, { r })).data).toEqual({ _entities: [null, null] });
    expect((await stranger.run(UPDATE, { input: { id, label: 'Mine' } })).data.updateDataset.userErrors).toMatchObject([
      { code: 'NOT_FOUND' },
    ]);
    expect((await stranger.run(DELETE, { id })).data.deleteDataset.userErrors).toMatchObject([{ code: 'NOT_FOUND' }]);
    const cancel = await stranger.run(`mutation($id: ID!) { cancelImport(input: {id: $id}) { userErrors { code } } }`, {
      id: run.id,
    });
    expect(cancel.data.cancelImport.userErrors).toEqual([{ code: 'NOT_FOUND' }]);
    expect((await admin.run(ENTITIES, { r })).data).toEqual({
      _entities: [{ name: 'it', lastImport: { status: 'SUCCEEDED' } }, { fileName: 'x.csv' }],
    });
    expect(await outbox(world, stranger.tenantId, 'audit.recorded')).toEqual([]);
  });
});

describe('roles', () => {
  it('a viewer sees datasets, not their imports, and changes nothing', async () => {
    const run = await importText(admin, 'x.csv', 'a\n1\n');
    const viewer = world.actor('viewer', admin.tenantId);
    const { id } = run.dataset;
    const seen = await viewer.run(
      `query($id: ID!) { dataset(id: $id) { name lastImport { id } imports { edges { node { id } } } } }`,
      { id },
    );
    expect(seen.data).toEqual({ dataset: { name: 'it', lastImport: null, imports: null } });
    expect(seen.errors).toMatchObject([{ code: 'FORBIDDEN' }, { code: 'FORBIDDEN' }]);
    for (const [query, variables] of [
      [CREATE, { input: input() }],
      [UPDATE, { input: { id, label: 'x' } }],
      [DELETE, { id }],
      [`query($id: ID!) { importRun(id: $id) { id } }`, { id: run.id }],
      [`mutation($id: ID!) { cancelImport(input: {id: $id}) { userErrors { code } } }`, { id: run.id }],
      [`mutation { importDataset(input: {fileId: "x", name: "it"}) { userErrors { code } } }`, {}],
    ] as const) {
      expect((await viewer.run(query, variables)).errors).toMatchObject([{ code: 'FORBIDDEN' }]);
    }
    expect(await outbox(world, admin.tenantId, 'dataset.deleted')).toEqual([]);
  });

  it('an analyst reads imports and starts none', async () => {
    const run = await importText(admin, 'x.csv', 'a\n1\n');
    const analyst = world.actor('analyst', admin.tenantId);
    expect((await analyst.run(`query($id: ID!) { importRun(id: $id) { rowsLoaded } }`, { id: run.id })).data).toEqual({
      importRun: { rowsLoaded: 1 },
    });
    const refused = await analyst.run(
      `mutation { importDataset(input: {fileId: "x", name: "it"}) { userErrors { code } } }`,
    );
    expect(refused.errors).toMatchObject([{ code: 'FORBIDDEN' }]);
  });

  it('imports are audited from the start to the publication', async () => {
    await importText(admin, 'x.csv', 'a\n1\n');
    await until(async () => (await actions(admin)).includes('data-sources.publishDataset'));
    expect(await actions(admin)).toEqual([
      'data-sources.uploadFile',
      'data-sources.importDataset',
      'data-sources.publishDataset',
    ]);
  });
});
