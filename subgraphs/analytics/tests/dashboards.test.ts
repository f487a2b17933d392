import type { DatasetPublished } from '../../kernel/dataset-events';
import type { TestActor } from '../../kernel/testing/subgraph';
import { FLIGHT_FIELDS, FLIGHTS, startWorkspace, type Workspace } from './workspace';

let workspace: Workspace;
let admin: TestActor;
let viewer: TestActor;
let flights: DatasetPublished;

beforeAll(async () => {
  workspace = await startWorkspace();
  admin = workspace.actor('tenant_admin');
  viewer = workspace.actor('viewer', admin.tenantId);
  flights = await workspace.load(admin.tenantId, { name: 'flights', fields: FLIGHT_FIELDS, rows: FLIGHTS });
}, 60_000);
afterAll(() => workspace.close());

const DASHBOARD = `id name description version owner { id } createdAt updatedAt tiles { id title layout { x y w h } }`;
const TILE = `id title kind dataset { id } layout { x y w h } options
  query { dataset measures dimensions grain limit filters { field op values } timeRange { from to last } orderBy { field descending } }`;

const mutate =
  (name: string, type: string, fields: string) =>
  async (input: Record<string, unknown>, actor = admin) => {
    const source = `mutation ($input: ${type}!) { ${name}(input: $input) { ${fields} userErrors { code field message } } }`;
    const { data, codes } = await actor.query(source, { input });
    return { ...data?.[name], codes };
  };
const create = mutate('createDashboard', 'CreateDashboardInput', `dashboard { ${DASHBOARD} }`);
const update = mutate('updateDashboard', 'UpdateDashboardInput', `dashboard { ${DASHBOARD} }`);
const remove = mutate('deleteDashboard', 'DeleteDashboardInput', 'id');
const addTile = mutate('addTile', 'AddTileInput', `tile { ${TILE} } dashboard { version }`);
const updateTile = mutate('updateTile', 'UpdateTileInput', `tile { ${TILE} } dashboard { version }`);
const removeTile = mutate('removeTile', 'RemoveTileInput', `dashboard { ${DASHBOARD} }`);

const read = async (id: string, actor = viewer) => {
  const source = `query ($id: ID!) { dashboard(id: $id) { ${DASHBOARD} tiles { result { rows { values } } } } }`;
  const { data, codes, errors } = await actor.query(source, { id });
  return { dashboard: data?.dashboard, codes, errors };
};
const newDashboard = async (name = 'Flights') => (await create({ name })).dashboard;
const query = (rest: Record<string, unknown> = {}) => ({ dataset: flights.datasetId, measures: ['count'], ...rest });
const tileOf = (dashboardId: string, rest: Record<string, unknown> = {}) => ({
  dashboardId, title: 'Count', kind: 'NUMBER', query: query(), ...rest,
}); // prettier-ignore

describe('dashboards', () => {
  it('belong to whoever made them, and viewers read them with their answers', async () => {
    const { dashboard, userErrors } = await create({ name: '  Flights ', description: 'All of them' });
    expect(userErrors).toEqual([]);
    expect(dashboard).toMatchObject({ name: 'Flights', version: 1, owner: { id: admin.userId }, tiles: [] });
    await addTile(tileOf(dashboard.id));
    const seen = await read(dashboard.id);
    expect(seen.codes).toEqual([]);
    expect(seen.dashboard.tiles[0].result.rows).toEqual([{ values: [4] }]);
  });

  it('are listed in pages, this tenant’s only', async () => {
    const own = workspace.actor('tenant_admin');
    for (const name of ['a', 'b', 'c']) await create({ name }, own);
    const source = `query ($after: String) { dashboards(first: 2, after: $after) { edges { node { name } } pageInfo { hasNextPage endCursor } } }`;
    const first = (await own.query(source)).data.dashboards;
    expect(first.edges.map(({ node }: any) => node.name)).toEqual(['a', 'b']);
    const { endCursor: after } = first.pageInfo;
    const second = (await own.query(source, { after })).data.dashboards;
    expect(second).toMatchObject({ edges: [{ node: { name: 'c' } }], pageInfo: { hasNextPage: false } });
    expect((await admin.query(source, { after })).codes).toEqual(['INVALID_INPUT']);
  });

  it('change only from the version that was seen', async () => {
    const { id } = await newDashboard();
    const renamed = await update({ id, version: 1, name: 'Renamed' });
    expect(renamed.dashboard).toMatchObject({ name: 'Renamed', version: 2 });
    const late = await update({ id, version: 1, name: 'Too late' });
    expect(late.userErrors).toMatchObject([{ code: 'VERSION_CONFLICT', field: ['version'] }]);
    expect((await remove({ id, version: 1 })).userErrors).toMatchObject([{ code: 'VERSION_CONFLICT' }]);
    expect((await remove({ id, version: 2 })).id).toBe(id);
    expect((await read(id)).dashboard).toBeNull();
  });

  it('move many tiles at once, or none', async () => {
    const { id } = await newDashboard();
    const tiles = [(await addTile(tileOf(id))).tile, (await addTile(tileOf(id))).tile];
    expect(tiles.map(({ layout }) => layout.y)).toEqual([0, 4]);
    const place = { x: 6, y: 0, w: 6, h: 3 };
    const moved = await update({ id, version: 3, layout: [{ tileId: tiles[1].id, layout: place }] });
    expect(moved.dashboard.tiles[1].layout).toEqual(place);
    const elsewhere = await newDashboard();
    const stranger = (await addTile(tileOf(elsewhere.id))).tile;
    const layout = [{ tileId: tiles[0].id, layout: place }, { tileId: stranger.id, layout: place }]; // prettier-ignore
    expect((await update({ id, version: 4, layout })).userErrors).toMatchObject([{ code: 'NOT_FOUND' }]);
    expect((await read(id)).dashboard.tiles[0].layout).toMatchObject({ x: 0, y: 0 });
  });

  it('are found as entities', async () => {
    const { id } = await newDashboard('Entity');
    const { tile } = await addTile(tileOf(id));
    const source = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on Dashboard { name } ... on Tile { title } } }`;
    const of = [{ __typename: 'Dashboard', id }, { __typename: 'Tile', id: tile.id }]; // prettier-ignore
    expect((await viewer.query(source, { of })).data._entities).toEqual([{ name: 'Entity' }, { title: 'Count' }]);
    const stranger = workspace.actor('tenant_admin');
    expect((await stranger.query(source, { of })).data._entities).toEqual([null, null]);
  });

  it('leave audit rows', async () => {
    const own = workspace.actor('tenant_admin');
    const dataset = await workspace.load(own.tenantId, { name: 'own', fields: FLIGHT_FIELDS, rows: [] });
    const { dashboard } = await create({ name: 'Audited' }, own);
    const { tile } = await addTile(tileOf(dashboard.id, { query: query({ dataset: dataset.datasetId }) }), own);
    await updateTile({ id: tile.id, title: 'New' }, own);
    await removeTile({ id: tile.id }, own);
    await update({ id: dashboard.id, version: 4, name: 'Changed' }, own);
    await remove({ id: dashboard.id, version: 5 }, own);
    const audits = await workspace.audits(own.tenantId);
    expect(audits.map(({ action, resource }) => [action, resource.id])).toEqual([
      ['analytics.createDashboard', dashboard.id],
      ['analytics.addTile', tile.id],
      ['analytics.updateTile', tile.id],
      ['analytics.removeTile', tile.id],
      ['analytics.updateDashboard', dashboard.id],
      ['analytics.deleteDashboard', dashboard.id],
    ]);
  });
});

describe('tiles', () => {
  it('keep their query, normalised', async () => {
    const { id } = await newDashboard();
    const asked = query({
      dimensions: ['origin'],
      filters: [{ field: 'delay', op: 'GTE', values: [0] }],
      timeRange: { from: '2026-01-01T00:00:00Z' },
      grain: 'DAY',
      orderBy: [{ field: 'count', descending: true }],
    });
    const { tile, dashboard } = await addTile(tileOf(id, { kind: 'LINE', query: asked, options: { stacked: true } }));
    expect(tile).toMatchObject({
      kind: 'LINE',
      dataset: { id: flights.datasetId },
      options: { stacked: true },
      layout: { x: 0, y: 0, w: 6, h: 4 },
      query: { ...asked, limit: 1000, timeRange: { from: '2026-01-01T00:00:00.000Z', to: null, last: null } },
    });
    expect(dashboard.version).toBe(2);
    const changed = await updateTile({ id: tile.id, version: 2, title: 'Days', layout: { x: 3, y: 1, w: 9, h: 2 } });
    expect(changed.tile).toMatchObject({ title: 'Days', kind: 'LINE', options: { stacked: true }, layout: { x: 3 } });
    expect((await updateTile({ id: tile.id, version: 2, title: 'Late' })).userErrors).toMatchObject([
      { code: 'VERSION_CONFLICT' },
    ]);
    expect((await removeTile({ id: tile.id })).dashboard).toMatchObject({ version: 4, tiles: [] });
    expect((await removeTile({ id: tile.id })).userErrors).toMatchObject([{ code: 'NOT_FOUND' }]);
  });

  it.each([
    ['an unknown measure', { query: { measures: ['cuont'] } }, 'UNKNOWN_MEASURE', ['query', 'measures', '0']],
    ['an unknown dimension', { query: { dimensions: ['x'] } }, 'UNKNOWN_DIMENSION', ['query', 'dimensions', '0']],
    ['an unknown dataset', { query: { dataset: 'none' } }, 'NOT_FOUND', ['query', 'dataset']],
    ['too many rows', { query: { limit: 99_999 } }, 'INVALID_INPUT', ['query', 'limit']],
    ['a place over the edge', { layout: { x: 8, y: 0, w: 5, h: 1 } }, 'INVALID_INPUT', ['layout', 'w']],
    ['no height', { layout: { x: 0, y: 0, w: 5, h: 0 } }, 'INVALID_INPUT', ['layout', 'h']],
    ['no title', { title: ' ' }, 'INVALID_INPUT', ['title']],
    ['options that are no object', { options: [1] }, 'INVALID_INPUT', ['options']],
    ['large options', { options: { text: 'x'.repeat(20_000) } }, 'INVALID_INPUT', ['options']],
  ])('refuse %s', async (_case, { query: rest, ...others }: any, code, field) => {
    const { id } = await newDashboard();
    const { tile, userErrors } = await addTile(tileOf(id, { ...others, query: query(rest) }));
    expect(tile).toBeNull();
    expect(userErrors).toMatchObject([{ code, field }]);
  });

  it('are at most forty', async () => {
    const { id } = await newDashboard();
    for (let n = 0; n < 40; n++) await addTile(tileOf(id));
    expect((await addTile(tileOf(id))).userErrors[0].message).toContain('at most 40');
  });

  it('fail alone when their dataset is gone', async () => {
    const brief = await workspace.load(admin.tenantId, { name: 'brief', fields: FLIGHT_FIELDS, rows: FLIGHTS });
    const { id } = await newDashboard();
    await addTile(tileOf(id, { query: query({ dataset: brief.datasetId }) }));
    await addTile(tileOf(id));
    await workspace.announceDeletion(admin.tenantId, brief.datasetId, 2);
    const { dashboard, codes } = await read(id);
    expect(codes).toEqual(['NOT_FOUND']);
    expect(dashboard.tiles[0].result).toBeNull();
    expect(dashboard.tiles[1].result.rows).toEqual([{ values: [4] }]);
  });
});

describe('others', () => {
  it('may not change what they may only see', async () => {
    const { id } = await newDashboard();
    const { tile } = await addTile(tileOf(id));
    for (const answer of [
      await create({ name: 'x' }, viewer),
      await update({ id, version: 2, name: 'x' }, viewer),
      await remove({ id, version: 2 }, viewer),
      await addTile(tileOf(id), viewer),
      await updateTile({ id: tile.id, title: 'x' }, viewer),
      await removeTile({ id: tile.id }, viewer),
    ]) {
      expect(answer.codes).toEqual(['FORBIDDEN']);
    }
    const nobody = workspace.actor('nobody', admin.tenantId);
    expect((await read(id, nobody)).codes).toEqual(['FORBIDDEN']);
  });

  it('in another tenant find nothing', async () => {
    const { id } = await newDashboard();
    const { tile } = await addTile(tileOf(id));
    const stranger = workspace.actor('tenant_admin');
    expect((await read(id, stranger)).dashboard).toBeNull();
    for (const answer of [
      await update({ id, version: 2, name: 'x' }, stranger),
      await remove({ id, version: 2 }, stranger),
      await addTile(tileOf(id), stranger),
      await updateTile({ id: tile.id, title: 'x' }, stranger),
      await removeTile({ id: tile.id }, stranger),
    ]) {
      expect(answer.userErrors).toMatchObject([{ code: 'NOT_FOUND' }]);
    }
    const own = await create({ name: 'Mine' }, stranger);
    const foreign = await addTile(tileOf(own.dashboard.id), stranger);
    expect(foreign.userErrors).toMatchObject([{ code: 'NOT_FOUND', field: ['query', 'dataset'] }]);
  });
});
