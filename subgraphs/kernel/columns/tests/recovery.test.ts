import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { Columns } from '../columns';
import { createColumns } from '../columns.clickhouse';
import { startColumnsServer, type RunningColumnsServer } from '../supervisor';
import { silent } from './contract-failures';
import { aggregateTables, totals } from './contract-inserts';
import { named } from './contract-queries';
import { eventually, isAlive, orphanOf } from './processes';

const ENDLESS = named('SELECT count() AS n FROM numbers_mt(1000000000000) WHERE sipHash64(number) = 1', z.unknown());
const HUGE = { maxRowsToRead: 1e18, maxExecutionSeconds: 600, maxMemoryBytes: 4e9 };
const ONE = named('SELECT 1 AS n', z.unknown());

describe('the supervised columns server', () => {
  let dataDir: string;
  let server: RunningColumnsServer;
  let columns: Columns;

  beforeEach(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'columns-'));
    server = await startColumnsServer({ dataDir, log: silent, limits: { killGraceMs: 500 } });
    columns = createColumns({ ...server, log: silent });
  });
  afterEach(async () => {
    await columns.close();
    await server.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  test('killed at work, it comes back at the same address with everything acknowledged, and tokens still count once', async () => {
    await columns.command('CREATE DATABASE d');
    for (const sql of aggregateTables('d', 't')) await columns.command(sql);
    const rows = Array.from({ length: 1_000 }, (_, n) => ({ k: `k${n % 7}`, n }));
    await columns.insert('d.t', rows, { token: 'one' });
    const before = server.pid!;
    const restarted = new Promise<string>((resolve) => server.onRestart(resolve));
    const interrupted = expect(columns.query(ENDLESS, {}, { limits: HUGE })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    });
    await new Promise((resolve) => setTimeout(resolve, 200));
    process.kill(before, 'SIGKILL');
    await interrupted;
    await expect(columns.query(ONE, {})).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(await restarted).toBe('SIGKILL');
    expect(server.pid).not.toBe(before);
    // The same client, the same credentials.
    await eventually(() => columns.ping());
    await columns.insert('d.t', rows, { token: 'one' });
    const once = { raw: 1_000, counted: 1_000, summed: 499_500 };
    expect((await columns.query(totals('d', 't'), {})).rows).toEqual([once]);
    await columns.insert('d.t', rows, { token: 'two' });
    expect((await columns.query(totals('d', 't'), {})).rows[0]).toMatchObject({ raw: 2_000, counted: 2_000 });
  });

  test('a query the engine will not stop costs the process, not the service', async () => {
    const before = server.pid!;
    const restarted = new Promise<string>((resolve) => server.onRestart(resolve));
    // One block of work: the engine looks for a kill only between blocks.
    const stubborn = named(
      `SELECT arraySum(x -> toUInt64(length(SHA512(toString(x)))), range(toUInt64(6000000) + rand() % 2)) AS n`,
      z.unknown(),
    );
    const abort = new AbortController();
    const work = columns.query(stubborn, {}, { limits: { ...HUGE, maxMemoryBytes: 20e9 }, signal: abort.signal });
    const outcome = expect(work).rejects.toMatchObject({ code: 'CANCELLED' });
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    abort.abort();
    await outcome;
    expect(await restarted).toContain('would not stop');
    expect(server.pid).not.toBe(before);
    await eventually(() => columns.ping());
    await columns.query(ONE, {});
  });

  test('a server that hangs is replaced', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'columns-'));
    const watched = await startColumnsServer({
      dataDir: folder,
      log: silent,
      watch: { everyMs: 100, timeoutMs: 1_000 },
    });
    const before = watched.pid!;
    const restarted = new Promise<string>((resolve) => watched.onRestart(resolve));
    process.kill(before, 'SIGSTOP');
    expect(await restarted).toContain('did not answer');
    expect(isAlive(before)).toBe(false);
    await watched.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('stopping ends queries and the process, and frees folder and port', async () => {
    const pid = server.pid!;
    const work = expect(columns.query(ENDLESS, {}, { limits: HUGE })).rejects.toMatchObject({ name: 'DomainError' });
    await new Promise((resolve) => setTimeout(resolve, 200));
    await server.stop();
    await work;
    expect(isAlive(pid)).toBe(false);
    expect(existsSync(join(dataDir, 'columns.pid'))).toBe(false);
    await expect(columns.ping()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    const again = await startColumnsServer({ dataDir, log: silent });
    expect(again.password).not.toBe(server.password);
    await again.stop();
  });

  test('a folder in use is refused with a way out, and its server goes on', async () => {
    await expect(startColumnsServer({ dataDir, log: silent })).rejects.toThrow(
      /already runs \(process \d+.*Stop that one first/,
    );
    await columns.ping();
  });

  test('the secret is neither in the command line nor in the environment of the child', () => {
    if (process.platform !== 'linux') return;
    for (const file of ['cmdline', 'environ']) {
      const text = readFileSync(`/proc/${server.pid}/${file}`, 'utf8');
      expect(text.length).toBeGreaterThan(0);
      expect(text).not.toContain(server.password);
    }
  });
});

describe('a columns server whose parent was killed', () => {
  let dataDir: string;
  beforeEach(() => (dataDir = mkdtempSync(join(tmpdir(), 'columns-'))));
  afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

  test('ends by itself', async () => {
    const orphan = await orphanOf(dataDir);
    await orphan.killParent();
    await eventually(() => expect(isAlive(orphan.pid)).toBe(false));
    const server = await startColumnsServer({ dataDir, log: silent });
    await server.stop();
  });

  test('is killed by the next start when it hangs', async () => {
    const orphan = await orphanOf(dataDir);
    process.kill(orphan.pid, 'SIGSTOP');
    await orphan.killParent();
    expect(isAlive(orphan.pid)).toBe(true);
    const server = await startColumnsServer({ dataDir, log: silent });
    expect(isAlive(orphan.pid)).toBe(false);
    await server.stop();
  });

  test('a record of a process that is long gone is no hindrance', async () => {
    const gone = { pid: process.pid, startedAt: '1', parentPid: process.pid, parentStartedAt: '1' };
    writeFileSync(join(dataDir, 'columns.pid'), JSON.stringify(gone));
    const server = await startColumnsServer({ dataDir, log: silent });
    await server.stop();
  });

  test('a folder that cannot be one is an error at start, not an endless restart', async () => {
    const file = join(dataDir, 'file');
    writeFileSync(file, '');
    await expect(startColumnsServer({ dataDir: file, log: silent })).rejects.toThrow();
  });
});
