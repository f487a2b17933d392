import type { World } from './world';

/** One operation an attacker sends with the victim's ids, names, cursors and tokens in it. */
export interface Attack {
  operation: string;
  variables?: Record<string, unknown>;
  /** Anybody may call it: the check without a token expects no refusal. */
  public?: true;
}

const ERRORS = 'userErrors { code message }';
const query = (world: World) => ({ dataset: world.datasetId, measures: ['count'], dimensions: ['place'] });

const model = (world: World) => ({
  dataset: world.datasetId,
  dimensions: [],
  metrics: [{ name: 'n', aggregation: 'COUNT' }],
});

/**
 * An attack for every root field of the supergraph. The proof fails when the schema has a root field that is not listed here, so that no
 * new one can come in untested.
 */
export const ATTACKS: Record<string, (victim: World) => Attack[]> = {
  'Query.me': () => [
    { operation: `{ me { id email memberships { tenantId tenant { id name } } tenant { id name } } }` },
  ],
  'Query.user': (v) => [
    {
      operation: `query($id: ID!) { user(id: $id) { id email displayName tenant { id name } } }`,
      variables: { id: v.who.userId },
    },
  ],
  'Query.users': (v) => [
    { operation: `{ users(first: 200) { edges { node { id email displayName } } } }` },
    {
      operation: `query($after: String) { users(after: $after) { edges { node { id email } } } }`,
      variables: { after: v.cursors.users },
    },
  ],
  'Query.roles': () => [{ operation: `{ roles { name permissions } }` }],
  'Query.currentTenant': () => [{ operation: `{ currentTenant { id name slug settings { locale } } }` }],
  'Query.dataset': (v) =>
    [v.datasetId, v.eventDatasetId].map((id) => ({
      operation: `query($id: ID!) { dataset(id: $id) { id name fields { name } metrics { id } imports { edges { node { id } } } createdBy { id email } } }`,
      variables: { id },
    })),
  'Query.datasetByName': (v) =>
    [v.datasetName, v.eventDatasetName].map((name) => ({
      operation: `query($name: String!) { datasetByName(name: $name) { id name fields { name } } }`,
      variables: { name },
    })),
  'Query.datasets': (v) => [
    { operation: `{ datasets(first: 200) { edges { node { id name createdBy { email } } } } }` },
    {
      operation: `query($after: String) { datasets(after: $after) { edges { node { id name } } } }`,
      variables: { after: v.cursors.datasets },
    },
  ],
  'Query.importRun': (v) => [
    {
      operation: `query($id: ID!) { importRun(id: $id) { id fileName dataset { id name } rejections { edges { node { raw } } } } }`,
      variables: { id: v.importId },
    },
  ],
  'Query.discoverFile': (v) => [
    {
      operation: `query($id: ID!) { discoverFile(fileId: $id) { fields { name } sampleRows } }`,
      variables: { id: v.fileId },
    },
  ],
  'Query.metricQuery': (v) => [
    {
      operation: `query($input: MetricQueryInput!) { metricQuery(input: $input) { rows { key values } } }`,
      variables: { input: query(v) },
    },
    {
      operation: `query($input: MetricQueryInput!) { metricQuery(input: $input) { rows { key values } } }`,
      variables: { input: { dataset: v.eventDatasetId, measures: ['count'] } },
    },
  ],
  'Query.metric': (v) => [
    { operation: `query($id: ID!) { metric(id: $id) { id name dataset { id name } } }`, variables: { id: v.metricId } },
  ],
  'Query.semanticModelImpact': (v) => [
    {
      operation: `query($input: DefineSemanticModelInput!) { semanticModelImpact(input: $input) { __typename } }`,
      variables: { input: model(v) },
    },
  ],
  'Query.dashboard': (v) => [
    {
      operation: `query($id: ID!) { dashboard(id: $id) { id name owner { email } tiles { id title result { rows { values } } } } }`,
      variables: { id: v.dashboardId },
    },
  ],
  'Query.dashboards': (v) => [
    { operation: `{ dashboards(first: 200) { edges { node { id name tiles { title } } } } }` },
    {
      operation: `query($after: String) { dashboards(after: $after) { edges { node { id name } } } }`,
      variables: { after: v.cursors.dashboards },
    },
  ],

  'Mutation.register': () => [],
  'Mutation.login': (v) => [
    {
      operation: `mutation($input: LoginInput!) { login(input: $input) { session { user { id } } ${ERRORS} } }`,
      variables: { input: { email: v.who.email, password: 'Not-The-Password-1', tenantId: v.who.tenantId } },
      public: true,
    },
  ],
  'Mutation.refresh': () => [
    {
      operation: `mutation($input: RefreshInput!) { refresh(input: $input) { session { user { id } } ${ERRORS} } }`,
      variables: { input: { refreshToken: 'made-up' } },
      public: true,
    },
  ],
  'Mutation.logout': () => [],
  'Mutation.switchTenant': (v) => [
    {
      operation: `mutation($input: SwitchTenantInput!) { switchTenant(input: $input) { session { accessToken user { id } } ${ERRORS} } }`,
      variables: { input: { tenantId: v.who.tenantId } },
    },
  ],
  'Mutation.rotateSigningKey': () => [{ operation: `mutation { rotateSigningKey { keyId ${ERRORS} } }` }],
  'Mutation.updateTenantSettings': () => [],
  'Mutation.provisionTenant': (v) => [
    {
      operation: `mutation($input: ProvisionTenantInput!) { provisionTenant(input: $input) { tenant { id name } ${ERRORS} } }`,
      variables: { input: { id: v.who.tenantId, name: 'taken over' } },
    },
  ],
  'Mutation.importDataset': (v) => [
    {
      operation: `mutation($input: ImportDatasetInput!) { importDataset(input: $input) { importRun { id } ${ERRORS} } }`,
      variables: { input: { fileId: v.fileId, name: 'stolen' } },
    },
  ],
  'Mutation.cancelImport': (v) => [
    {
      operation: `mutation($input: CancelImportInput!) { cancelImport(input: $input) { importRun { id } ${ERRORS} } }`,
      variables: { input: { id: v.importId } },
    },
  ],
  'Mutation.createEventDataset': () => [],
  'Mutation.updateDataset': (v) => [
    {
      operation: `mutation($input: UpdateDatasetInput!) { updateDataset(input: $input) { dataset { id } ${ERRORS} } }`,
      variables: { input: { id: v.datasetId, label: 'taken over' } },
    },
  ],
  'Mutation.deleteDataset': (v) => [
    {
      operation: `mutation($input: DeleteDatasetInput!) { deleteDataset(input: $input) { ${ERRORS} } }`,
      variables: { input: { id: v.datasetId } },
    },
  ],
  'Mutation.defineSemanticModel': (v) => [
    {
      operation: `mutation($input: DefineSemanticModelInput!) { defineSemanticModel(input: $input) { ${ERRORS} } }`,
      variables: { input: model(v) },
    },
  ],
  'Mutation.createDashboard': () => [],
  'Mutation.updateDashboard': (v) => [
    {
      operation: `mutation($input: UpdateDashboardInput!) { updateDashboard(input: $input) { dashboard { id } ${ERRORS} } }`,
      variables: { input: { id: v.dashboardId, version: 1, name: 'taken over' } },
    },
  ],
  'Mutation.deleteDashboard': (v) => [
    {
      operation: `mutation($input: DeleteDashboardInput!) { deleteDashboard(input: $input) { ${ERRORS} } }`,
      variables: { input: { id: v.dashboardId, version: 1 } },
    },
  ],
  'Mutation.addTile': (v) => [
    {
      operation: `mutation($input: AddTileInput!) { addTile(input: $input) { tile { id } ${ERRORS} } }`,
      variables: {
        input: {
          dashboardId: v.dashboardId,
          title: 'x',
          kind: 'NUMBER',
          query: query(v),
          layout: { x: 0, y: 0, w: 3, h: 2 },
        },
      },
    },
  ],
  'Mutation.updateTile': (v) => [
    {
      operation: `mutation($input: UpdateTileInput!) { updateTile(input: $input) { tile { id } ${ERRORS} } }`,
      variables: { input: { id: v.tileId, title: 'taken over' } },
    },
  ],
  'Mutation.removeTile': (v) => [
    {
      operation: `mutation($input: RemoveTileInput!) { removeTile(input: $input) { dashboard { id } ${ERRORS} } }`,
      variables: { input: { id: v.tileId } },
    },
  ],
  'Mutation.ingestEvents': (v) => [
    {
      operation: `mutation($input: IngestEventsInput!) { ingestEvents(input: $input) { accepted errors { code } ${ERRORS} } }`,
      variables: { input: { dataset: v.eventDatasetName, events: [{ name: 'x', properties: { amount: 1 } }] } },
    },
  ],

  'Subscription.importProgress': (v) => [
    {
      operation: `subscription($id: ID!) { importProgress(id: $id) { id fileName dataset { name } } }`,
      variables: { id: v.importId },
    },
  ],
  'Subscription.liveMetricQuery': (v) => [
    {
      operation: `subscription($input: MetricQueryInput!) { liveMetricQuery(input: $input) { rows { values } } }`,
      variables: { input: query(v) },
    },
    {
      operation: `subscription($input: MetricQueryInput!, $resume: String) { liveMetricQuery(input: $input, resume: $resume) { rows { values } } }`,
      variables: { input: query(v), resume: v.resumeToken },
    },
  ],
  'Subscription.liveDashboard': (v) => [
    {
      operation: `subscription($id: ID!) { liveDashboard(id: $id) { tileId event { rows { values } } } }`,
      variables: { id: v.dashboardId },
    },
    {
      operation: `subscription($id: ID!, $resume: String) { liveDashboard(id: $id, resume: $resume) { tileId event { rows { values } } } }`,
      variables: { id: v.dashboardId, resume: v.resumeToken },
    },
  ],
};
