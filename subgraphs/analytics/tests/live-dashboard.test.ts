import type { DatasetPublished } from '../../kernel/dataset-events';
import type { TestActor } from '../../kernel/testing/subgraph';
import { addTile } from '../dashboards/add-tile';
import { createDashboard } from '../dashboards/create-dashboard';
import { TileKind } from '../dashboards/dashboard.inputs';
import { deleteDashboard } from '../dashboards/delete-dashboard';
import { removeTile } from '../dashboards/remove-tile';
import { updateTile } from '../dashboards/update-tile';
import { servicesOf } from '../services';
import { LiveClient } from './live-client';
import { LiveReader } from './live-reader';
import { FLIGHT_FIELDS, FLIGHTS, startWorkspace, type Workspace } from './workspace';

let workspace: Workspace;
let admin: TestActor;
let viewer: TestActor;

beforeAll(async () => {
  workspace = await startWorkspace();
  admin = workspace.actor('tenant_admin');
  viewer = workspace.actor('viewer', admin.tenantId);
}, 60_000);
afterAll(() => workspace.close());

const LIVE = /* GraphQL */ `
  subscription ($id: ID!, $resume: String) {
    liveDashboard(id: $id, resume: $resume) {
      tileId
      resumeToken
      error {
        code
        message
      }
      event {
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
      }
    }
  }
`;

let count = 0;
const load = (given: Partial<DatasetPublished> = {}, rows = FLIGHTS) =>
  workspace.load(admin.tenantId, { name: `flights_${count++}`, ...given, fields: FLIGHT_FIELDS, rows });
const open = (id: string, resume?: string, actor = viewer) => LiveClient.open(workspace, actor, LIVE, { id, resume });
const queryOf = ({ datasetId: dataset }: DatasetPublished) => ({
  dataset,
  measures: ['count'],
  dimensions: ['origin'],
});
const tile = async (dashboardId: string, dataset: DatasetPublished) => {
  const input = { dashboardId, title: 'Tile', kind: TileKind.TABLE, query: queryOf(dataset) };
  return (await addTile(admin.ctx(), input)).tile.id;
};
const dashboard = async () => (await createDashboard(admin.ctx(), { name: 'Live' })).id;

it('sends a snapshot of each tile, then what changes in any of them', async () => {
  const [id, one, two] = [await dashboard(), await load(), await load()];
  const tiles = [await tile(id, one), await tile(id, two)];
  const client = await open(id);
  const first = [await client.next(), await client.next()];
  expect(first.map(({ tileId }) => tileId).sort()).toEqual(tiles);
  expect(first.map(({ event }) => event.kind)).toEqual(['SNAPSHOT', 'SNAPSHOT']);
  await load({ ...two, version: 2 }, FLIGHTS.slice(1));
  expect(await client.next()).toMatchObject({
    tileId: tiles[1],
    error: null,
    event: { kind: 'DELTA', columns: null, rows: [{ key: '["SEA"]', values: ['SEA', 2] }] },
  });
  await client.close();
});

it('goes on for every tile with the token of any event', async () => {
  const [id, one, two] = [await dashboard(), await load(), await load()];
  const tiles = [await tile(id, one), await tile(id, two)];
  const readers = new Map(tiles.map((tileId) => [tileId, new LiveReader()]));
  const client = await open(id);
  let token = '';
  for (let n = 0; n < 2; n++) {
    const { tileId, event, resumeToken } = await client.next();
    readers.get(tileId)!.apply(event);
    token = resumeToken;
  }
  await client.close();

  await load({ ...one, version: 2 }, FLIGHTS.slice(2));
  const late = await tile(id, one);
  const again = await open(id, token);
  const kinds = new Map<string, string[]>();
  const caughtUp = () => kinds.size === 3 && readers.get(tiles[0]!)!.rows.every(({ values }) => values[1] === 1);
  while (!caughtUp()) {
    const { tileId, event } = await again.next();
    kinds.set(tileId, [...(kinds.get(tileId) ?? []), event.kind]);
    readers.get(tileId)?.apply(event);
  }
  expect(new Set([...kinds.get(tiles[0]!)!, ...kinds.get(tiles[1]!)!])).toEqual(new Set(['DELTA']));
  expect(kinds.get(late)![0]).toBe('SNAPSHOT');
  expect(readers.get(tiles[0]!)!.rows.map(({ values }) => values)).toEqual([
    ['JFK', 1],
    ['SEA', 1],
  ]);
  expect(readers.get(tiles[1]!)!.rows.map(({ values }) => values)).toEqual([
    ['SEA', 3],
    ['JFK', 1],
  ]);
  await again.close();

  const broken = await open(id, 'no token of ours');
  expect((await broken.next()).event.kind).toBe('RESET');
  await broken.close();
});

it('follows tiles that come, change and go, and ends when the dashboard does', async () => {
  const [id, one] = [await dashboard(), await load()];
  const client = await open(id);
  const tileId = await tile(id, one);
  expect(await client.next()).toMatchObject({ tileId, event: { kind: 'SNAPSHOT', columns: [{ name: 'origin' }, {}] } });

  const query = { ...queryOf(one), dimensions: ['carrier'] };
  await updateTile(admin.ctx(), { id: tileId, query });
  expect(await client.next()).toMatchObject({
    tileId,
    event: { kind: 'SNAPSHOT', columns: [{ name: 'carrier' }, {}] },
  });

  await updateTile(admin.ctx(), { id: tileId, title: 'The same query' }); // says nothing
  await removeTile(admin.ctx(), { id: tileId });
  expect(await client.next()).toMatchObject({ tileId, event: null, error: { code: 'NOT_FOUND' } });

  await deleteDashboard(admin.ctx(), { id, version: 5 });
  expect((await client.next()).errors).toMatchObject([{ code: 'NOT_FOUND' }]);
  expect(await client.next()).toBeUndefined();
});

it('lets one tile fail without the others, and tries it again when its dataset is back', async () => {
  const [id, fine, doomed] = [await dashboard(), await load(), await load()];
  const tiles = { fine: await tile(id, fine), doomed: await tile(id, doomed) };
  const client = await open(id);
  await client.next();
  await client.next();
  await workspace.announceDeletion(admin.tenantId, doomed.datasetId, 2);
  expect(await client.next()).toMatchObject({
    tileId: tiles.doomed,
    event: null,
    error: { code: 'NOT_FOUND', message: expect.stringContaining('Choose another dataset') },
  });
  await load({ ...fine, version: 2 }, FLIGHTS.slice(1));
  expect(await client.next()).toMatchObject({ tileId: tiles.fine, event: { kind: 'DELTA' } });

  await load({ ...doomed, version: 3 }, FLIGHTS.slice(3));
  expect(await client.next()).toMatchObject({
    tileId: tiles.doomed,
    error: null,
    event: { kind: 'SNAPSHOT', rows: [{ values: ['JFK', 1] }] },
  });
  await client.close();
});

it('shares groups with other readers and leaves them when the client is gone', async () => {
  const [id, one] = [await dashboard(), await load()];
  await tile(id, one);
  const { engine } = servicesOf(workspace.runtime.stores);
  const before = engine.size;
  const clients = await Promise.all([open(id), open(id), open(id)]);
  for (const client of clients) await client.next();
  expect(engine.size).toBe(before + 1);
  const waiting = clients.map((client) => client.next());
  for (const client of clients) client.abort();
  expect(await Promise.all(waiting)).toEqual([undefined, undefined, undefined]);
});

it('is refused to other tenants and to those who may not read dashboards', async () => {
  const id = await dashboard();
  const refused = [
    [workspace.actor('tenant_admin'), 'NOT_FOUND'],
    [workspace.actor('nobody', admin.tenantId), 'FORBIDDEN'],
  ] as const;
  for (const [actor, code] of refused) {
    const client = await open(id, undefined, actor);
    expect((await client.next()).errors).toMatchObject([{ code }]);
    expect(await client.next()).toBeUndefined();
  }
});
