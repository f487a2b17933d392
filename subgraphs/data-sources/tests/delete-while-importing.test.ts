import { deleteDataset } from '../delete-dataset';
import { importText, inTenant, until } from './steps';
import { startWorld, type TestActor, type World } from './world';

let world: World;
let admin: TestActor;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());
beforeEach(() => {
  admin = world.actor('tenant_admin');
});

/** A dataset whose import is under way, as far as the database knows. */
async function importing(): Promise<{ runId: string; datasetId: string }> {
  const { id: runId, dataset } = await importText(admin, 'x.csv', 'a\n1\n');
  const sql = `update import_run set status = 'RUNNING', finished_at = null, heartbeat_at = now() where id = $1`;
  await inTenant(world, admin.tenantId, sql, [runId]);
  return { runId, datasetId: dataset.id };
}

/** Somebody waits for a row that another transaction of this database has. */
const isWaiting = () =>
  until(async () => {
    const sql = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    return ((await inTenant(world, admin.tenantId, sql)) as unknown[]).length > 0;
  });

it('waits for a worker that is about to publish instead of locking each other out', async () => {
  const { runId, datasetId } = await importing();
  let deletion: Promise<unknown> | undefined;
  // The order of every worker: its run first, then the dataset.
  await world.runtime.stores.database.withTenant({ tenantId: admin.tenantId }, async (tx) => {
    await tx.query(`select 1 from import_run where id = $1 for update`, [runId]);
    deletion = deleteDataset(admin.ctx(), { id: datasetId });
    deletion.catch(() => undefined);
    await isWaiting();
    await tx.query(`select 1 from dataset where id = $1 for update`, [datasetId]);
  });
  await expect(deletion).resolves.toMatchObject({ id: datasetId });
  expect(await inTenant(world, admin.tenantId, `select 1 from import_run`)).toEqual([]);
}, 30_000);

it('is refused when an import began while it waited, and is done when asked again', async () => {
  const { dataset } = await importText(admin, 'x.csv', 'a\n1\n');
  let deletion: Promise<unknown> | undefined;
  // As `startRun`: the dataset first, then a run that nobody knew of.
  await world.runtime.stores.database.withTenant({ tenantId: admin.tenantId }, async (tx) => {
    await tx.query(`select 1 from dataset where id = $1 for update`, [dataset.id]);
    deletion = deleteDataset(admin.ctx(), { id: dataset.id });
    deletion.catch(() => undefined);
    await isWaiting();
    await tx.query(`update import_run set status = 'RUNNING', heartbeat_at = now() where dataset_id = $1`, [
      dataset.id,
    ]);
  });
  await expect(deletion).rejects.toMatchObject({ code: 'CONFLICT', message: expect.stringContaining('again') });
  await expect(deleteDataset(admin.ctx(), { id: dataset.id })).resolves.toMatchObject({ id: dataset.id });
}, 30_000);
