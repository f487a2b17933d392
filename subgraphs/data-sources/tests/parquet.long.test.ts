import { resolve } from 'node:path';
import { z } from 'zod';
import { importLocalFile } from '../import-local-file';
import { tableOf } from './steps';
import { startWorld, type World } from './world';

const DATA = resolve('node_modules/vega-datasets/data');
const sumRow = z.object({ sum: z.string() });
let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

it('the same file row by row gives the same rows', async () => {
  const actor = world.actor('tenant_admin');
  const path = `${DATA}/flights-3m.parquet`;
  const fields = [
    { name: 'departed', type: 'DATETIME', source: 'date' },
    { name: 'from', type: 'STRING', source: 'origin' },
    { name: 'delay', type: 'FLOAT' },
  ];
  const given = { tenantId: actor.tenantId, path, name: 'it', fields: fields as never };
  const [native, ours] = [
    await importLocalFile(world.runtime, { tenantId: actor.tenantId, path, name: 'native' }),
    await importLocalFile(world.runtime, given),
  ];
  expect([native.status, ours.status, ours.rowsLoaded]).toEqual(['SUCCEEDED', 'SUCCEEDED', 3_000_000]);
  const sum = (table: string, columns: string) =>
    world.runtime.stores.columns.query(
      { name: 'test', sql: `select toString(sum(cityHash64(${columns}))) as sum from ${table}`, row: sumRow },
      {},
    );
  const one = await sum(await tableOf(world, actor, 'native'), 'date, origin, toFloat64(delay)');
  const other = await sum(await tableOf(world, actor), 'departed, `from`, delay');
  expect(other.rows).toEqual(one.rows);
}, 240_000);
