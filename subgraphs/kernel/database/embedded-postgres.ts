import { spawn, type ChildProcess } from 'node:child_process';
import { dirname, join } from 'node:path';
import { Client } from 'pg';
import type { Logger } from '../logger';
import { freePort } from '../free-port';
import { assertVersion, ensureCluster, packagedBinaries, prepareFolder } from './cluster';
import { assertReachable, databaseUser, runAs, type SystemUser } from './embedded-user';
import { findOrphan, isAlive, waitForEnd } from './orphan';
import { StartError } from './start-error';

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 15_000;
const WATCH_MS = 500;
const LONGEST_BACK_OFF_MS = 10_000;

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
  /** Stays the same over restarts of the server. */
  adminUrl: string;
  port: number;
  /** True when a postmaster that had outlived its parent was taken over. */
  adopted: boolean;
  /** Orderly: open transactions are rolled back, everything acknowledged is on disk. */
  stop(): Promise<void>;
}

/**
 * Starts the packaged PostgreSQL on loopback, or adopts one that a killed predecessor left running on the same folder, and keeps it up: a
 * server that ends by itself is started again on the same port. Throws StartError with one line the operator can act on.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { dataDir, password, log } = options;
  const binDir = options.binDir ?? packagedBinaries();
  const user = databaseUser();
  prepareFolder(dataDir, user);
  if (user) {
    assertReachable(binDir, user, 'its programs');
    assertReachable(dirname(dataDir), user, 'its data');
  }
  await ensureCluster(binDir, options, user);
  await assertVersion(binDir, dataDir);

  const found = await adopt(dataDir, password, log);
  const port = found?.port ?? (await freePort());
  const launchAgain = (): Promise<number> => launch({ binDir, dataDir, port, url: urlOf(port, password), user, log });
  const stop = keepUp(found?.pid ?? (await launchAgain()), launchAgain, log);
  return { adminUrl: urlOf(port, password), port, adopted: found !== null, stop };
}

/** A postmaster that still runs on the folder and takes our password; one that does not is stopped. */
async function adopt(dataDir: string, password: string, log: Logger): Promise<{ pid: number; port: number } | null> {
  const orphan = await findOrphan(dataDir);
  if (!orphan) return null;
  log.warn({ pid: orphan.pid, port: orphan.port }, 'a killed predecessor left its PostgreSQL running');
  if (await canConnect(urlOf(orphan.port, password))) return orphan;
  await stopPid(orphan.pid);
  return null;
}

/** Watches by pid, since an adopted server is nobody's child. Answers what stops the watching and the server. */
function keepUp(firstPid: number, launchAgain: () => Promise<number>, log: Logger): () => Promise<void> {
  let pid = firstPid;
  let stopping = false;
  let failures = 0;
  let timer: NodeJS.Timeout;
  let restarting: Promise<void> = Promise.resolve();

  const look = (): void => {
    if (stopping) return;
    if (isAlive(pid)) timer = setTimeout(look, WATCH_MS).unref();
    else restarting = restart();
  };
  const restart = async (): Promise<void> => {
    log.error({ pid }, 'PostgreSQL ended; starting it again');
    try {
      pid = await launchAgain();
      failures = 0;
    } catch (error) {
      log.error({ err: error }, 'PostgreSQL did not come back; trying again');
    }
    const delay = failures === 0 ? WATCH_MS : Math.min(WATCH_MS * 2 ** failures, LONGEST_BACK_OFF_MS);
    failures++;
    if (!stopping) timer = setTimeout(look, delay).unref();
  };
  timer = setTimeout(look, WATCH_MS).unref();

  return async () => {
    stopping = true;
    clearTimeout(timer);
    await restarting;
    await stopPid(pid);
  };
}

interface Launch {
  binDir: string;
  dataDir: string;
  port: number;
  url: string;
  user: SystemUser | null;
  log: Logger;
}

/** Answers the postmaster's pid once it takes connections. */
async function launch({ binDir, dataDir, port, url, user, log }: Launch): Promise<number> {
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
  const args = ['-D', dataDir, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
  // A group of its own: Ctrl-C in the terminal must reach us first, so that we drain before the database goes.
  const child = spawn(join(binDir, 'postgres'), args, {
    ...runAs(user),
    cwd: '/',
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const lastLines = forwardLog(child, log);
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!(await canConnect(url))) {
    if (child.exitCode !== null || child.pid === undefined || Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new StartError(`PostgreSQL did not start on ${dataDir}: ${lastLines().join(' | ') || 'no message'}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  child.unref();
  return child.pid!;
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

const urlOf = (port: number, password: string): string =>
  `postgres://postgres:${encodeURIComponent(password)}@127.0.0.1:${port}/postgres`;
