import { fork } from 'node:child_process';
import { join } from 'node:path';
import { Client } from 'pg';
import { openDatabase, prepareSchema } from '../../database/database';
import { newId } from '../../ids';
import { createLogger } from '../../logger';
import { eventually } from '../../pubsub/tests/contract';
import { createTestDatabase, testSecrets, type TestDatabase } from '../../testing/postgres';
import { openPgBossJobs } from '../jobs.pg-boss';
import type { Job, Jobs } from '../jobs';
import { jobsContract } from './contract';

const log = createLogger({ service: 'test', level: 'silent' });
let database: TestDatabase;
const open = () => openPgBossJobs({ connectionString: database.adminUrl, log, superviseSeconds: 1, cronSeconds: 1 });
beforeAll(async () => void (database = await createTestDatabase()));
afterAll(() => database.drop());

describe('pg-boss', () => {
  jobsContract(async () => {
    const [here, there] = await Promise.all([open(), open()]); // both make the schema
    return { here, there, another: open, close: async () => void (await Promise.all([here.close(), there.close()])) };
  });
});

describe('pg-boss', () => {
  let jobs: Jobs;
  beforeAll(async () => void (jobs = await open()));
  afterAll(() => jobs?.close());

  it('joins the transaction of a role that has no rights on the queue', async () => {
    const name = `test.transaction-${newId()}`;
    const tenantId = newId();
    const seen: Job<object>[] = [];
    await jobs.work({ name, handle: async (job) => void seen.push(job) });
    const admin = new Client({ connectionString: database.adminUrl });
    await admin.connect();
    const role = `app_${Date.now().toString(36)}`;
    await admin.query(`create role ${role} login password 'app'`);
    const url = new URL(database.adminUrl);
    [url.username, url.password] = [role, 'app'];
    const app = new Client({ connectionString: url.toString() });
    await app.connect();
    try {
      await app.query('begin');
      await jobs.send(name, tenantId, { kept: false }, { transaction: app });
      await app.query('rollback');
      await app.query('begin');
      const id = await jobs.send(name, tenantId, { kept: true }, { transaction: app, singletonKey: 'one' });
      expect(await jobs.send(name, tenantId, {}, { transaction: app, singletonKey: 'one' })).toBeNull();
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(seen).toEqual([]); // not committed yet
      await app.query('commit');
      await eventually(() => expect(seen).toHaveLength(1));
      expect(seen[0]).toMatchObject({ id, tenantId, payload: { kept: true } });

      await expect(app.query('select * from jobs.job')).rejects.toMatchObject({ code: '42501' });
      await expect(app.query('delete from jobs.queue')).rejects.toMatchObject({ code: '42501' });
    } finally {
      await app.end();
      await admin.query(`drop role ${role}`);
      await admin.end();
    }
  });

  it('works as the owner of a schema made for it, and joins a tenant’s transaction', async () => {
    const options = { adminUrl: database.adminUrl, secrets: testSecrets, migrations: [] };
    const { owner } = await prepareSchema({ ...options, schema: 'jobs_owned' });
    const verbs = await openDatabase({ ...options, schema: 'verbs', poolSize: 2 });
    const own = await openPgBossJobs({ connectionString: owner, log, schema: 'jobs_owned' });
    const tenantId = newId();
    const seen: Job<object>[] = [];
    try {
      await own.work({ name: 'test.owned', handle: async (job) => void seen.push(job) });
      const undone = verbs.withTenant({ tenantId }, async (tx) => {
        await own.send('test.owned', tenantId, { kept: false }, { transaction: tx });
        throw new Error('the verb failed');
      });
      await expect(undone).rejects.toThrow('the verb failed');
      const id = await verbs.withTenant({ tenantId }, (tx) =>
        own.send('test.owned', tenantId, { kept: true }, { transaction: tx }),
      );
      await eventually(() => expect(seen).toHaveLength(1));
      expect(seen[0]).toMatchObject({ id, tenantId, payload: { kept: true } });
    } finally {
      await own.close();
      await verbs.close();
    }
  });

  it('gives the job of a killed process to another', async () => {
    const name = `test.killed-${newId()}`;
    const child = fork(join(__dirname, 'killed-worker.ts'), [database.adminUrl, name], {
      execArgv: ['-r', '@swc-node/register'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const message = () =>
      new Promise((resolve, reject) => {
        child.once('message', resolve);
        child.once('exit', () => reject(new Error('the worker ended early')));
      });
    expect(await message()).toBe('ready');
    const taken = message();
    const id = await jobs.send(name, newId(), {});
    expect(await taken).toBe(id);
    child.kill('SIGKILL');
    const killed = Date.now();
    const seen: Job<object>[] = [];
    await jobs.work({ name, expireSeconds: 10, handle: async (job) => void seen.push(job) });
    await eventually(() => expect(seen).toHaveLength(1), 30_000);
    expect(seen[0]).toMatchObject({ id, retry: 1 });
    expect(Date.now() - killed).toBeGreaterThan(5_000); // not before it counts as lost
  }, 45_000);

  it('keeps a job that runs longer than its heartbeat interval, and ends one that runs too long', async () => {
    const name = `test.long-${newId()}`;
    const runs: number[] = [];
    let aborted = false;
    await jobs.work({
      name,
      expireSeconds: 10,
      maxSeconds: 14,
      retryLimit: 0,
      handle: ({ signal }) => {
        runs.push(Date.now());
        return new Promise<void>((_, reject) =>
          signal.addEventListener('abort', () => {
            aborted = true;
            reject(signal.reason as Error);
          }),
        );
      },
    });
    await jobs.send(name, newId(), {});
    await eventually(() => expect(aborted).toBe(true), 30_000);
    expect(runs).toHaveLength(1);
    expect(Date.now() - runs[0]!).toBeGreaterThan(13_000); // by its own limit: the heartbeat carried it over ten
  }, 45_000);

  it('works on after every connection was broken', async () => {
    const name = `test.broken-${newId()}`;
    const seen: string[] = [];
    await jobs.work({ name, handle: async ({ id }) => void seen.push(id) });
    const admin = new Client({ connectionString: database.adminUrl });
    await admin.connect();
    await admin.query(`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()`);
    await admin.end();
    const id = await eventuallySent(jobs, name);
    await eventually(() => expect(seen).toContain(id));
  });

  it('is UNAVAILABLE when the database cannot be reached', async () => {
    const nowhere = new URL(database.adminUrl);
    nowhere.port = '1';
    await expect(openPgBossJobs({ connectionString: nowhere.toString(), log })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    });
  });

  it('leaves no connection behind', async () => {
    const admin = new Client({ connectionString: database.adminUrl });
    await admin.connect();
    const count = async () => {
      const { rows } = await admin.query(`select count(*)::int as n from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and application_name in ('own-jobs')`);
      return (rows[0] as { n: number }).n;
    };
    const url = new URL(database.adminUrl);
    url.searchParams.set('application_name', 'own-jobs');
    const own = await openPgBossJobs({ connectionString: url.toString(), log, schema: 'jobs_own' });
    await own.work({ name: 'test.own', handle: async () => undefined });
    expect(await count()).toBeGreaterThan(0);
    await own.close();
    await own.close();
    await eventually(async () => expect(await count()).toBe(0));
    await admin.end();
  });
});

async function eventuallySent(jobs: Jobs, name: string): Promise<string | null> {
  let id: string | null = null;
  await eventually(async () => void (id = await jobs.send(name, newId(), {})));
  return id;
}
