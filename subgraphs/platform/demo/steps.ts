import { basename } from 'node:path';
import type { DemoDashboard, DemoFile } from './model';
import { LIVE_EVENTS } from './model';
import type { Workspace } from './workspace';

const ERRORS = 'userErrors { message }';

/** The dataset of a file, loaded from it where it is not there yet. */
export async function ensureLoaded(workspace: Workspace, file: DemoFile): Promise<string> {
  const known = await findDataset(workspace, file.name);
  if (known?.rowCount) return known.id;
  const fileId = await workspace.upload(file.path, basename(file.path));
  const { importDataset } = await workspace.ask<{ importDataset: { importRun: { id: string } } }>(
    `mutation($input: ImportDatasetInput!) { importDataset(input: $input) { importRun { id } ${ERRORS} } }`,
    { input: { fileId, name: file.name, label: file.label, description: file.description } },
  );
  return untilImported(workspace, importDataset.importRun.id);
}

async function untilImported(workspace: Workspace, id: string): Promise<string> {
  for (;;) {
    const { importRun: run } = await workspace.ask<{
      importRun: { status: string; errorMessage: string | null; dataset: { id: string } };
    }>(`query($id: ID!) { importRun(id: $id) { status errorMessage dataset { id } } }`, { id });
    if (run.status === 'SUCCEEDED') return run.dataset.id;
    if (run.status === 'FAILED' || run.status === 'CANCELLED')
      throw new Error(`the import ended as ${run.status}: ${run.errorMessage}`);
    await workspace.pause(300);
  }
}

/** The event dataset of the live tiles. */
export async function ensureLiveEvents(workspace: Workspace): Promise<string> {
  const known = await findDataset(workspace, LIVE_EVENTS.name);
  if (known) return known.id;
  const { createEventDataset } = await workspace.ask<{ createEventDataset: { dataset: { id: string } } }>(
    `mutation($input: CreateEventDatasetInput!) { createEventDataset(input: $input) { dataset { id } ${ERRORS} } }`,
    { input: LIVE_EVENTS },
  );
  return createEventDataset.dataset.id;
}

/** Defines the model and, last, the dashboard over it, so that a dashboard that is there says that the rest is. */
export async function ensureDashboard(
  workspace: Workspace,
  model: { dataset: string },
  dashboard: DemoDashboard,
): Promise<void> {
  if (await hasDashboard(workspace, dashboard)) return;
  const define = `mutation($input: DefineSemanticModelInput!) { defineSemanticModel(input: $input) { ${ERRORS} } }`;
  await workspace.patiently(() => workspace.ask(define, { input: model }));
  const { createDashboard } = await workspace.ask<{ createDashboard: { dashboard: { id: string } } }>(
    `mutation($input: CreateDashboardInput!) { createDashboard(input: $input) { dashboard { id } ${ERRORS} } }`,
    { input: { name: dashboard.name, description: dashboard.description } },
  );
  const dashboardId = createDashboard.dashboard.id;
  for (const tile of dashboard.tiles) {
    await workspace.ask(`mutation($input: AddTileInput!) { addTile(input: $input) { ${ERRORS} } }`, {
      input: { dashboardId, ...tile },
    });
  }
}

interface FoundDashboard {
  id: string;
  name: string;
  version: number;
  tiles: { id: string }[];
}

/** One that a killed start left half-filled is removed, to be made again. */
async function hasDashboard(workspace: Workspace, wanted: DemoDashboard): Promise<boolean> {
  const { dashboards } = await workspace.ask<{ dashboards: { edges: { node: FoundDashboard }[] } }>(
    `{ dashboards(first: 200) { edges { node { id name version tiles { id } } } } }`,
  );
  const found = dashboards.edges.find(({ node }) => node.name === wanted.name)?.node;
  if (!found) return false;
  if (found.tiles.length >= wanted.tiles.length) return true;
  await workspace.ask(`mutation($input: DeleteDashboardInput!) { deleteDashboard(input: $input) { ${ERRORS} } }`, {
    input: { id: found.id, version: found.version },
  });
  return false;
}

async function findDataset(
  workspace: Workspace,
  name: string,
): Promise<{ id: string; rowCount: number | null } | null> {
  const { datasetByName } = await workspace.ask<{ datasetByName: { id: string; rowCount: number | null } | null }>(
    `query($name: String!) { datasetByName(name: $name) { id rowCount } }`,
    { name },
  );
  return datasetByName;
}
