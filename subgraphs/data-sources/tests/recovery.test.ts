import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Client } from 'pg';
import { z } from 'zod';
import { importLocalFile } from '../import-local-file';
import { dropDueTables } from '../run/drop-tables';
import { runImport } from '../run/run-import';
import { sweep } from '../run/sweep';
import {
  CANCEL,
  engineTables,
  importText,
  inTenant,
  readRun,
  rowsOf,
  startImport,
  tableOf,
  until,
  untilEnded,
} from './steps';
import { startEngines, startSources, startWorld, type TestActor, type World } from './world';

const counts = z.object({ all: z.string(), distinct: z.string() });
const csv = (rows: number): string =>
  `id,text\n${Array.from({ length: rows }, (_, id) => `${id},"row ${id}"`).join('\n')}\n`;

/** Looks at a run from outside, as the database's superuser. */
async function watchOnly(adminUrl: string, tenantId: string, runId: string) {
  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  const read = async (column: string): Promise<unknown> => {
    const sql = `select ${column} as value from data_sources.import_run where tenant_id = $1 and id = $2`;
    return (await client.query<{ value: unknown }>(sql, [tenantId, runId])).rows[0]?.value;
  };
  return {
    rowsLoaded: async () => Number(await read('rows_loaded')),
    status: () => read('status'),
    close: () => client.end(),
  };
}

/** Every row once: as many as there are, and no two the same. */
async function expectOnce(world: Pick<World, 'runtime'>, actor: TestActor, rows: number): Promise<void> {
  const { runtime } = world;
  const sql = `select toString(count()) as all, toString(uniqExact(id)) as distinct from ${await tableOf(world, actor)}`;
  const found = await runtime.stores.columns.query({ name: 'test', sql, row: counts }, {});
  expect(found.rows).toEqual([{ all: String(rows), distinct: String(rows) }]);
}

describe('in one process', () => {
  let world: World;
  let actor: TestActor;
  const folder = mkdtempSync(join(tmpdir(), 'datairis-local-'));
  const bigFile = join(folder, 'big.csv');
  beforeAll(async () => {
    world = await startWorld();
    writeFileSync(bigFile, csv(400_000));
  });
  afterAll(async () => {
    await world.close();
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(() => {
    actor = world.actor('tenant_admin');
  });

  const begun = (runId: string) => until(async () => (await readRun(actor, runId)).rowsLoaded > 0);
  const activeRun = () =>
    until(
      async () =>
        (
          (await inTenant(
            world,
            actor.tenantId,
            `select id from import_run where status = 'RUNNING' and rows_loaded > 0`,
          )) as { id: string }[]
        )[0]?.id,
    );

  it('a cancelled import stops at once, drops its half table and leaves the old data', async () => {
    const first = await importText(actor, 'x.csv', csv(3));
    const before = await tableOf(world, actor);
    const { body } = await actor.upload('big.csv', csv(400_000));
    const { importRun } = await startImport(actor, { fileId: body.data.fileId, name: 'it' });
    await begun(importRun!.id);
    const began = performance.now();
    expect((await actor.run(CANCEL, { id: importRun!.id })).data.cancelImport).toEqual({
      importRun: { status: 'CANCELLED' },
      userErrors: [],
    });
    await until(async () => (await engineTables(world, first.dataset.id)).length === 1);
    expect(performance.now() - began).toBeLessThan(5_000);
    expect(await readRun(actor, importRun!.id)).toMatchObject({
      status: 'CANCELLED',
      dataset: { version: 1, rowCount: 3 },
    });
    expect(await tableOf(world, actor)).toBe(before);
    expect((await actor.run(CANCEL, { id: importRun!.id })).data.cancelImport.userErrors).toEqual([]);
    expect((await actor.run(CANCEL, { id: first.id })).data.cancelImport.userErrors).toMatchObject([
      { code: 'CONFLICT' },
    ]);
    expect(await importText(actor, 'x.csv', csv(4))).toMatchObject({
      status: 'SUCCEEDED',
      dataset: { version: 2, rowCount: 4 },
    });
  });

  it('two workers with one job: the later one wins, each row is there once', async () => {
    const local = importLocalFile(world.runtime, { tenantId: actor.tenantId, path: bigFile, name: 'it' });
    const runId = await activeRun();
    await runImport(world.runtime, actor.tenantId, runId, new AbortController().signal);
    await local;
    expect(await readRun(actor, runId)).toMatchObject({
      status: 'SUCCEEDED',
      rowsLoaded: 400_000,
      rowsRejected: 0,
      reconciled: true,
    });
    await expectOnce(world, actor, 400_000);
    const [dataset] = (await inTenant(world, actor.tenantId, 'select id, version from dataset')) as {
      id: string;
      version: number;
    }[];
    expect(dataset!.version).toBe(1);
    await until(async () => (await engineTables(world, dataset!.id)).length === 1);
    await runImport(world.runtime, actor.tenantId, runId, new AbortController().signal); // a repeated job does nothing
    expect(await engineTables(world, dataset!.id)).toEqual(['v2']);
  });

  it('a crash of the engine in the middle is got over', async () => {
    const { body } = await actor.upload('big.csv', csv(400_000));
    const { importRun } = await startImport(actor, { fileId: body.data.fileId, name: 'it' });
    await begun(importRun!.id);
    process.kill(world.enginePid()!, 'SIGKILL');
    const run = await untilEnded(actor, importRun!.id);
    expect(run).toMatchObject({ status: 'SUCCEEDED', rowsLoaded: 400_000, fileRows: 400_000, reconciled: true });
    await expectOnce(world, actor, 400_000);
  }, 90_000);

  it('a stopped process leaves its import to another attempt', async () => {
    const stop = new AbortController();
    const local = importLocalFile(world.runtime, {
      tenantId: actor.tenantId,
      path: bigFile,
      name: 'it',
      signal: stop.signal,
    });
    const runId = await activeRun();
    stop.abort();
    await expect(local).rejects.toThrow();
    expect(await readRun(actor, runId)).toMatchObject({ status: 'RUNNING', dataset: { version: 0 } });
    const again = await importLocalFile(world.runtime, { tenantId: actor.tenantId, path: bigFile, name: 'it' });
    expect(again).toMatchObject({ status: 'SUCCEEDED', rowsLoaded: 400_000 });
    expect(await readRun(actor, runId)).toMatchObject({ status: 'CANCELLED', errorCode: 'INTERRUPTED' });
    await expectOnce(world, actor, 400_000);
  });

  it('keeps the previous table until the next publication, and older ones for a grace', async () => {
    for (const rows of [1, 2, 3]) await importText(actor, 'x.csv', csv(rows));
    const [dataset] = (await inTenant(world, actor.tenantId, 'select id from dataset')) as { id: string }[];
    await dropDueTables(world.runtime);
    expect(await engineTables(world, dataset!.id)).toEqual(['v1', 'v2', 'v3']);
    await inTenant(world, actor.tenantId, `update dataset_table set drop_after = drop_after - interval '1 hour'`);
    await dropDueTables(world.runtime);
    expect(await engineTables(world, dataset!.id)).toEqual(['v2', 'v3']);
    expect((await rowsOf(world, actor)).length).toBe(3);
    await actor.run(`mutation($id: ID!) { deleteDataset(input: {id: $id}) { userErrors { code } } }`, {
      id: dataset!.id,
    });
    await inTenant(world, actor.tenantId, `update dataset_table set drop_after = drop_after - interval '1 hour'`);
    await dropDueTables(world.runtime);
    expect(await engineTables(world, dataset!.id)).toEqual([]);
    expect(await inTenant(world, actor.tenantId, 'select * from dataset_table')).toEqual([]);
  });

  it('a failed import leaves no table', async () => {
    const run = await importText(actor, 'x.csv', 'a,b\n1\n2\n');
    expect(run.errorCode).toBe('ALL_ROWS_REJECTED');
    expect(await engineTables(world, run.dataset.id)).toEqual([]);
    expect(await inTenant(world, actor.tenantId, 'select * from dataset_table')).toEqual([]);
  });

  it('a dataset deleted while it is imported is gone, with its half table', async () => {
    const { body } = await actor.upload('big.csv', csv(400_000));
    const { importRun } = await startImport(actor, { fileId: body.data.fileId, name: 'it' });
    await begun(importRun!.id);
    const { dataset } = await readRun(actor, importRun!.id);
    await actor.run(`mutation($id: ID!) { deleteDataset(input: {id: $id}) { userErrors { code } } }`, {
      id: dataset.id,
    });
    await until(async () => (await engineTables(world, dataset.id)).length === 0);
    expect((await actor.run(`query($id: ID!) { importRun(id: $id) { id } }`, { id: importRun!.id })).data).toEqual({
      importRun: null,
    });
  });

  it('a table whose process died between the end of its run and the drop is dropped by the sweep', async () => {
    const run = await importText(actor, 'x.csv', csv(3));
    await inTenant(world, actor.tenantId, `update import_run set status = 'FAILED'`);
    await inTenant(world, actor.tenantId, `update dataset set table_name = null`);
    await sweep(world.runtime);
    expect(await engineTables(world, run.dataset.id)).toEqual([]);
  });

  it('a file that is gone by then fails clearly', async () => {
    const { body } = await actor.upload('x.csv', csv(3));
    await world.runtime.stores.files.delete(actor.tenantId, body.data.fileId);
    const { importRun } = await startImport(actor, { fileId: body.data.fileId, name: 'it' });
    expect(await untilEnded(actor, importRun!.id)).toMatchObject({ status: 'FAILED', errorCode: 'FILE_GONE' });
    for (const path of ['/nowhere.csv', folder]) {
      const wanted = importLocalFile(world.runtime, { tenantId: actor.tenantId, path, name: 'x' });
      await expect(wanted).rejects.toMatchObject({ code: 'FILE_GONE', message: expect.stringContaining(path) });
    }
  });

  it('a file that kills the process each time is given up', async () => {
    const { body } = await actor.upload('x.csv', csv(3));
    const { importRun } = await startImport(actor, { fileId: body.data.fileId, name: 'it' });
    await untilEnded(actor, importRun!.id);
    await inTenant(world, actor.tenantId, `update import_run set status = 'RUNNING', attempt = 6`);
    await runImport(world.runtime, actor.tenantId, importRun!.id, new AbortController().signal);
    expect(await readRun(actor, importRun!.id)).toMatchObject({ status: 'FAILED', errorCode: 'INTERRUPTED' });
  });

  it('the sweep finds runs that lost their worker, and uploads nobody wants', async () => {
    const { body } = await actor.upload('x.csv', csv(3));
    const { importRun } = await startImport(actor, { fileId: body.data.fileId, name: 'it' });
    await untilEnded(actor, importRun!.id);
    await inTenant(
      world,
      actor.tenantId,
      `update import_run set status = 'RUNNING', heartbeat_at = now() - interval '1 hour'`,
    );
    await inTenant(world, actor.tenantId, `update upload set created_at = now() - interval '8 days'`);
    await sweep(world.runtime);
    expect(await untilEnded(actor, importRun!.id)).toMatchObject({ status: 'SUCCEEDED', rowsLoaded: 3 });
    expect((await inTenant(world, actor.tenantId, 'select 1 from upload')) as unknown[]).toHaveLength(1);
    await sweep(world.runtime);
    expect((await inTenant(world, actor.tenantId, 'select 1 from upload')) as unknown[]).toHaveLength(0);
    expect(await world.runtime.stores.files.list(actor.tenantId)).toEqual([]);
  });
});

it('SIGKILL in the middle: another process ends the import, each row once', async () => {
  const engines = await startEngines();
  const child = fork(resolve(__dirname, 'kill-child.ts'), {
    execArgv: ['-r', '@swc-node/register'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  try {
    child.send(engines.addresses);
    const [{ tenantId, runId }] = (await once(child, 'message')) as [{ tenantId: string; runId: string }];
    const sources = await watchOnly(engines.addresses.adminUrl, tenantId, runId);
    await until(async () => (await sources.rowsLoaded()) > 0);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await sources.status()).toBe('RUNNING');
    await sources.close();

    const successor = await startSources(engines.addresses);
    try {
      const actor = successor.actor('tenant_admin', tenantId);
      const run = await until(async () => {
        const seen = await readRun(actor, runId);
        return seen.status === 'SUCCEEDED' || seen.status === 'FAILED' ? seen : null;
      }, 80_000);
      expect(run).toMatchObject({
        status: 'SUCCEEDED',
        rowsLoaded: 400_000,
        fileRows: 400_000,
        rowsRejected: 0,
        reconciled: true,
      });
      await expectOnce(successor, actor, 400_000);
      await until(async () => {
        await dropDueTables(successor.runtime);
        return (await engineTables(successor, run.dataset.id)).length === 1;
      });
    } finally {
      await successor.close();
    }
  } finally {
    child.kill('SIGKILL');
    await engines.close();
  }
}, 180_000);
