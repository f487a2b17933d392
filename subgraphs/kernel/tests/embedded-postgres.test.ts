import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../database/embedded-postgres';
import { databaseUser } from '../database/embedded-user';
import { createLogger } from '../logger';

const log = createLogger({ service: 'test', level: 'silent' });
let folder: string;
let running: EmbeddedPostgres | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'datairis-pg-'));
  chmodSync(folder, 0o755);
});

afterEach(async () => {
  await running?.stop();
  running = undefined;
  rmSync(folder, { recursive: true, force: true });
});

const start = async (dataDir = join(folder, 'postgres')) =>
  (running = await startEmbeddedPostgres({ dataDir, password: 'pw', log }));

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

it('keeps its data over an orderly stop', async () => {
  const first = await start();
  await query(first.adminUrl, 'create table t as select 42 as n');
  await first.stop();
  expect(await query((await start()).adminUrl, 'select n from t')).toEqual([{ n: 42 }]);
});

it('wants the password', async () => {
  const { adminUrl } = await start();
  await expect(query(adminUrl.replace(':pw@', ':guess@'), 'select 1')).rejects.toThrow(
    /password authentication failed/,
  );
});

it('adopts the postmaster that a killed parent left, with every acknowledged row', async () => {
  const dataDir = join(folder, 'postgres');
  const script = `
    const { startEmbeddedPostgres } = require('./subgraphs/kernel/database/embedded-postgres');
    const { createLogger } = require('./subgraphs/kernel/logger');
    startEmbeddedPostgres({ dataDir: ${JSON.stringify(dataDir)}, password: 'pw', log: createLogger({ service: 'test', level: 'silent' }) })
      .then(({ adminUrl }) => { console.log(adminUrl); setInterval(() => undefined, 1000); });`;
  const parent = spawn(process.execPath, ['-r', '@swc-node/register', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await new Promise<string>((resolve) =>
    parent.stdout.once('data', (text: Buffer) => resolve(text.toString().trim())),
  );
  await query(url, 'create table t as select 7 as n');
  parent.kill('SIGKILL');
  await new Promise((resolve) => parent.once('exit', resolve));

  const adopted = await start(dataDir);
  expect(adopted.adopted).toBe(true);
  expect(adopted.adminUrl).toBe(url);
  expect(await query(adopted.adminUrl, 'select n from t')).toEqual([{ n: 7 }]);
});

it.each([
  ['is gone', () => 99_999_999],
  ['now belongs to another program', () => process.pid],
])('starts over a postmaster.pid whose process %s', async (_case, pid) => {
  const dataDir = join(folder, 'postgres');
  await (await start()).stop();
  writeFileSync(join(dataDir, 'postmaster.pid'), `${pid()}\n${dataDir}\n0\n1\n\n127.0.0.1\n\nready   \n`);
  expect((await start()).adopted).toBe(false);
});

it('begins again when the first start was killed half-way', async () => {
  mkdirSync(join(folder, 'postgres.new'));
  writeFileSync(join(folder, 'postgres.new', 'PG_VERSION'), '18');
  expect(await query((await start()).adminUrl, 'select 1 as n')).toEqual([{ n: 1 }]);
});

describe('says in one line what to do about', () => {
  const refusal = async (dataDir?: string): Promise<string> => {
    const error = await start(dataDir).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'StartError' });
    const { message } = error as Error;
    expect(message).not.toContain('\n');
    return message;
  };

  it('a data folder of another version', async () => {
    await (await start()).stop();
    writeFileSync(join(folder, 'postgres', 'PG_VERSION'), '14\n');
    expect(await refusal()).toMatch(/written by PostgreSQL 14.*DATAIRIS_DATA/);
  });

  it('a folder that holds something else', async () => {
    mkdirSync(join(folder, 'postgres'));
    writeFileSync(join(folder, 'postgres', 'letter.txt'), 'hello');
    expect(await refusal()).toMatch(/holds no PostgreSQL cluster/);
  });

  it('a data folder that cannot be written', async () => {
    writeFileSync(join(folder, 'file'), '');
    expect(await refusal(join(folder, 'file', 'data', 'postgres'))).toMatch(/cannot be written.*DATAIRIS_DATA/);
  });

  // Only root hands the database to another user.
  (databaseUser() ? it : it.skip)('a folder that the database user cannot enter', async () => {
    chmodSync(folder, 0o700);
    expect(await refusal()).toMatch(/cannot enter .* chmod o\+x/);
  });
});

it('comes back on the same port when the server is killed, with every acknowledged row', async () => {
  const { adminUrl } = await start();
  await query(adminUrl, 'create table t as select 5 as n');
  const [{ pid }] = (await query(
    adminUrl,
    `select pg_backend_pid() as backend, (pg_read_file('postmaster.pid')::text) as pid`,
  )) as [{ pid: string }];
  process.kill(Number(pid.split('\n')[0]), 'SIGKILL');
  const deadline = Date.now() + 30_000;
  let rows: Record<string, unknown>[] | undefined;
  while (!rows && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    rows = await query(adminUrl, 'select n from t').catch(() => undefined);
  }
  expect(rows).toEqual([{ n: 5 }]);
});
