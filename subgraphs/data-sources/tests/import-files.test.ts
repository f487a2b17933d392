import { resolve } from 'node:path';
import { parquetMetadataAsync } from 'hyparquet';
import { FieldType } from '../../kernel/graphql/shared-types';
import { isNative, planParquet, readParquet } from '../formats/parquet';
import { openParquet } from '../formats/parquet-file';
import type { RowChunk } from '../formats/rows';
import { asyncBufferSlice } from '../formats/parquet-buffer';
import { importLocalFile } from '../import-local-file';
import { openLocal } from '../run/open-source';
import { importText, outbox, tableOf } from './steps';
import { startWorld, type World } from './world';

const DATA = resolve('node_modules/vega-datasets/data');
let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

describe('the real files', () => {
  it('three million flights: as many rows as the Parquet file says', async () => {
    const actor = world.actor('tenant_admin');
    const path = `${DATA}/flights-3m.parquet`;
    const { num_rows } = await parquetMetadataAsync(asyncBufferSlice(await openLocal(path)));
    const run = await importLocalFile(world.runtime, {
      tenantId: actor.tenantId,
      path,
      name: 'flights',
      label: 'Flights',
    });
    expect(run).toMatchObject({
      status: 'SUCCEEDED',
      rowsLoaded: Number(num_rows),
      rowsRejected: 0,
      fileRows: 3_000_000,
      reconciled: true,
    });
    const table = await tableOf(world, actor, 'flights');
    const described = await world.runtime.stores.database.withTenant(actor, (tx) =>
      tx.query('select fields from dataset'),
    );
    expect(described[0].fields.map(({ name, type }: { name: string; type: string }) => [name, type])).toEqual([
      ['date', 'DATETIME'],
      ['delay', 'INTEGER'],
      ['distance', 'INTEGER'],
      ['origin', 'STRING'],
      ['destination', 'STRING'],
    ]);
    const [event] = await outbox(world, actor.tenantId, 'dataset.published');
    expect(event).toMatchObject({
      name: 'flights',
      label: 'Flights',
      kind: 'TABLE',
      table,
      version: 1,
      rowCount: 3_000_000,
      importId: run.id,
    });
  });

  it('flights whose fields are named and typed anew are read row by row, with a reason for each that does not fit', async () => {
    const source = await openLocal(`${DATA}/flights-3m.parquet`);
    const file = await openParquet(source);
    const plan = planParquet(
      [
        { name: 'departed', type: FieldType.DATETIME, nullable: false, source: 'date' },
        { name: 'delay', type: FieldType.BOOLEAN, nullable: false, source: 'delay' },
      ],
      file,
    );
    expect(isNative(plan, file)).toBe(false);
    const chunks: RowChunk[] = [];
    for await (const chunk of readParquet(source, { ...file, rowCount: 60_000 }, plan)) chunks.push(chunk);
    const rows = chunks.flatMap((chunk) => chunk.rows);
    const rejected = chunks.flatMap((chunk) => chunk.rejected);
    expect(chunks.map(({ read }) => read)).toEqual([50_000, 10_000]);
    expect(rows.length + rejected.length).toBe(60_000);
    expect(rows[0]).toEqual({
      departed: expect.stringMatching(/^2001-\d\d-\d\d \d\d:\d\d:00.000$/),
      delay: expect.any(Boolean),
    });
    expect(rejected[0]).toMatchObject({
      column: 'delay',
      reason: expect.stringMatching(/^"-?\d+" is not true or false$/),
    });
    expect(new Set(rejected.map(({ line }) => line)).size).toBe(rejected.length);
  });

  it.each([
    ['airports.csv', 3_376],
    ['seattle-weather.csv', 1_461],
    ['birdstrikes.csv', 10_000],
    ['movies.json', 3_201],
    ['unemployment.tsv', 3_218],
  ])('%s: %i rows', async (file, rows) => {
    const { tenantId } = world.actor('tenant_admin');
    const run = await importLocalFile(world.runtime, { tenantId, path: `${DATA}/${file}`, name: 'it' });
    expect(run).toMatchObject({ status: 'SUCCEEDED', rowsLoaded: rows, rowsRejected: 0, reconciled: true });
  });
});

describe('Parquet', () => {
  it('cut off in the middle fails clearly', async () => {
    const { readFileSync } = await import('node:fs');
    const whole = readFileSync(`${DATA}/flights-3m.parquet`);
    const actor = world.actor('tenant_admin');
    expect(await importText(actor, 'cut.parquet', whole.subarray(0, 1_000_000))).toMatchObject({
      status: 'FAILED',
      errorCode: 'MALFORMED_FILE',
    });
    const damaged = Buffer.from(whole);
    damaged.fill(0x55, 6_000_000, 6_400_000);
    const run = await importText(actor, 'damaged.parquet', damaged, { name: 'other' });
    expect(run).toMatchObject({ status: 'FAILED', errorCode: 'MALFORMED_FILE', dataset: { version: 0 } });
  });
});
