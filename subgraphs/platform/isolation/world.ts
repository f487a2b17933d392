import { randomUUID } from 'node:crypto';
import { register, until, type SignedIn } from '../testing/api';

/** A canary tenant with one of everything, each thing carrying a marker that must never be seen by another tenant. */
export interface World {
  who: SignedIn;
  marker: string;
  fileId: string;
  datasetId: string;
  datasetName: string;
  importId: string;
  eventDatasetId: string;
  eventDatasetName: string;
  metricId: string;
  dashboardId: string;
  tileId: string;
  /** A cursor of each list, by root field. */
  cursors: Record<string, string>;
  resumeToken: string;
}

/** Registers a canary tenant through the public API and fills it. */
export async function createWorld(url: string): Promise<World> {
  const marker = `canary_${randomUUID().replaceAll('-', '').slice(0, 16)}`;
  const who = await register(url, marker);
  const { api } = who;

  const csv = `place,amount\n${marker}_a,1\n${marker}_b,2\n`;
  const upload = await api.rest('POST', `/upload?name=${marker}.csv`, csv, { 'content-type': 'text/csv' });
  if (upload.status !== 201) throw new Error(`upload failed: ${JSON.stringify(upload.body)}`);
  const fileId = upload.body.data.fileId as string;

  const { importDataset } = await api.query(
    `mutation($input: ImportDatasetInput!) { importDataset(input: $input) { importRun { id dataset { id } } userErrors { message } } }`,
    { input: { fileId, name: marker, label: marker } },
  );
  if (!importDataset.importRun) throw new Error(JSON.stringify(importDataset.userErrors));
  const importId = importDataset.importRun.id as string;
  await until('the canary import', async () => {
    const { importRun } = await api.query(`query($id: ID!) { importRun(id: $id) { status errorMessage } }`, {
      id: importId,
    });
    if (importRun.status === 'FAILED') throw new Error(importRun.errorMessage as string);
    return importRun.status === 'SUCCEEDED';
  });
  const datasetId = importDataset.importRun.dataset.id as string;

  const eventDatasetName = `${marker}_events`;
  const { createEventDataset } = await api.query(
    `mutation($input: CreateEventDatasetInput!) { createEventDataset(input: $input) { dataset { id } userErrors { message } } }`,
    { input: { name: eventDatasetName, label: eventDatasetName, fields: [{ name: 'amount', type: 'FLOAT' }] } },
  );
  const eventDatasetId = createEventDataset.dataset.id as string;

  const metricId = await until('the canary metrics', async () => {
    const { dataset } = await api.query(`query($id: ID!) { dataset(id: $id) { metrics { id } } }`, { id: datasetId });
    return (dataset?.metrics as { id: string }[] | undefined)?.[0]?.id;
  });

  const { createDashboard } = await api.query(
    `mutation($input: CreateDashboardInput!) { createDashboard(input: $input) { dashboard { id } userErrors { message } } }`,
    { input: { name: marker } },
  );
  const dashboardId = createDashboard.dashboard.id as string;
  const { dataset } = await api.query(`query($id: ID!) { dataset(id: $id) { metrics { name } } }`, { id: datasetId });
  const { addTile } = await api.query(
    `mutation($input: AddTileInput!) { addTile(input: $input) { tile { id } userErrors { code field message } } }`,
    {
      input: {
        dashboardId,
        title: marker,
        kind: 'TABLE',
        query: { dataset: datasetId, measures: [dataset.metrics[0].name], dimensions: ['place'] },
        layout: { x: 0, y: 0, w: 4, h: 4 },
      },
    },
  );
  if (!addTile.tile) throw new Error(JSON.stringify(addTile.userErrors));

  return {
    who,
    marker,
    fileId,
    datasetId,
    datasetName: marker,
    importId,
    eventDatasetId,
    eventDatasetName,
    metricId,
    dashboardId,
    tileId: addTile.tile.id as string,
    cursors: await cursorsOf(who),
    resumeToken: await resumeTokenOf(who, dashboardId),
  };
}

async function cursorsOf({ api }: SignedIn): Promise<Record<string, string>> {
  const lists = ['users', 'datasets', 'dashboards'];
  const data = await api.query(`{ ${lists.map((list) => `${list}(first: 1) { pageInfo { endCursor } }`).join(' ')} }`);
  return Object.fromEntries(lists.map((list) => [list, data[list].pageInfo.endCursor as string]));
}

async function resumeTokenOf({ api }: SignedIn, dashboardId: string): Promise<string> {
  const events = api.subscribe(`subscription($id: ID!) { liveDashboard(id: $id) { resumeToken error { message } } }`, {
    id: dashboardId,
  });
  const first = await events.next();
  await events.return?.();
  return (first.value as { data: { liveDashboard: { resumeToken: string } } }).data.liveDashboard.resumeToken;
}

/** Everything the tenant holds, as its owner sees it: must be the same before and after the attacks. */
export async function snapshotOf({ who, datasetId, dashboardId, importId }: World): Promise<string> {
  const data = await who.api.query(
    `query($dataset: ID!, $dashboard: ID!, $import: ID!) {
      me { id displayName roles { name } }
      currentTenant { id name settings { locale timeZone theme weekStart } }
      users { edges { node { id } } }
      datasets { edges { node { id name label description version rowCount } } }
      dataset(id: $dataset) { fields { name type } metrics { id name } dimensions { name } }
      importRun(id: $import) { id status rowsLoaded }
      dashboards { edges { node { id name description version tiles { id title kind } } } }
      dashboard(id: $dashboard) { tiles { id title result { rows { key values } } } }
    }`,
    { dataset: datasetId, dashboard: dashboardId, import: importId },
  );
  return JSON.stringify(data);
}
