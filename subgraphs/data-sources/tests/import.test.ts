import { resolve } from 'node:path';
import { importLocalFile } from '../import-local-file';
import { startWorld, type World } from './world';

const DATA = resolve('node_modules/vega-datasets/data');
let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

it('imports three million flights', async () => {
  const { tenantId } = world.actor('tenant_admin');
  const began = performance.now();
  const run = await importLocalFile(world.runtime, {
    tenantId,
    path: `${DATA}/flights-3m.parquet`,
    name: 'flights',
    label: 'Flights',
  });
  console.log(performance.now() - began, run);
  expect(run).toMatchObject({ status: 'SUCCEEDED', rowsLoaded: 3_000_000, fileRows: 3_000_000, reconciled: true });
});

it.each([
  'airports.csv',
  'seattle-weather.csv',
  'birdstrikes.csv',
  'movies.json',
  'flights-200k.json',
  'unemployment.tsv',
  'zipcodes.csv',
])('imports %s', async (file) => {
  const { tenantId } = world.actor('tenant_admin');
  const began = performance.now();
  const run = await importLocalFile(world.runtime, { tenantId, path: `${DATA}/${file}`, name: 'it' });
  const rows = await world.runtime.stores.database.withTenant({ tenantId }, (tx) =>
    tx.query('select line, "column", reason, raw from import_rejection limit 3'),
  );
  const ds = await world.runtime.stores.database.withTenant({ tenantId }, (tx) =>
    tx.query('select fields from dataset'),
  );
  console.log(
    file,
    performance.now() - began,
    run.status,
    run.errorMessage,
    run.rowsLoaded,
    run.rowsRejected,
    rows,
    JSON.stringify(ds[0].fields.map((f: any) => [f.name, f.type])),
  );
});
