import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import { z } from 'zod';
import { importLocalFile } from '../import-local-file';
import { startImport, tableOf, untilEnded } from './steps';
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

it('a CSV of 100 MB is imported in bounded memory', async () => {
  const actor = world.actor('tenant_admin');
  let lines = 0;
  const pieces = (function* () {
    yield 'id,at,amount,place,note\n';
    for (let bytes = 0; bytes < 99 * 1024 * 1024;) {
      let piece = '';
      for (let index = 0; index < 1_000; index++, lines++) {
        piece += `${lines},2026-01-01T10:00:${String(lines % 60).padStart(2, '0')}Z,${lines / 7},"place ${lines % 100}",some text of row ${lines}\n`;
      }
      bytes += piece.length;
      yield piece;
    }
  })();
  const upload = await actor.upload('big.csv', Readable.from(pieces, { objectMode: false }));
  const { importRun } = await startImport(actor, { fileId: upload.body.data.fileId, name: 'it' });
  global.gc?.();
  const before = process.memoryUsage().rss;
  let most = before;
  const timer = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 50);
  const began = performance.now();
  const run = await untilEnded(actor, importRun!.id, 300_000);
  clearInterval(timer);
  const seconds = (performance.now() - began) / 1_000;
  process.stderr.write(
    `${lines} rows in ${seconds.toFixed(1)} s, ${Math.round((most - before) / 1024 / 1024)} MB more memory at most\n`,
  );
  expect(run).toMatchObject({ status: 'SUCCEEDED', rowsLoaded: lines, rowsRejected: 0, reconciled: true });
  expect(most - before).toBeLessThan(400 * 1024 * 1024);
}, 400_000);
