import { randomBytes } from 'node:crypto';
import type { Logger } from '../logger';
import { forgetHolder, recordHolder, releaseFolder } from './orphan';
import type { StartMessage } from './server/messages';
import { spawnServer, type ServerProcess, type Watch } from './server-process';

export interface ColumnsServerSettings {
  /** Folder of the embedded columns; this process must be its only user. */
  dataDir: string;
  log: Logger;
  /** The child's program; the default is the columns server beside this file. */
  entry?: string;
  limits?: StartMessage['limits'];
  /** How long the engine may take to load its tables. */
  startTimeoutMs?: number;
  watch?: Watch;
}

export interface RunningColumnsServer {
  /** Stays the same over restarts of the child, as do user name and password. */
  readonly url: string;
  readonly username: string;
  readonly password: string;
  /** Of the present child; undefined while it is down. */
  readonly pid: number | undefined;
  /** Called after each restart; answers a function that stops listening. */
  onRestart(listener: (reason: string) => void): () => void;
  stop(): Promise<void>;
}

const BACKOFF_MS = { first: 100, most: 10_000, healthyAfter: 60_000 };
const STOP_GRACE_MS = 15_000;

/**
 * Starts the columns server as a child process, resolves when it serves, and keeps it up: after a crash it comes back on the same port with
 * the same secret, so clients only reconnect. Rejects when the first start fails (a folder in use, an engine that cannot load).
 */
export async function startColumnsServer(settings: ColumnsServerSettings): Promise<RunningColumnsServer> {
  const { dataDir, log } = settings;
  const credentials = { username: 'datairis', password: randomBytes(32).toString('base64url') };
  const listeners = new Set<(reason: string) => void>();
  let port = 0;
  let current: ServerProcess | undefined;
  let stopping = false;
  let restarting: Promise<void> = Promise.resolve();

  const start = async (): Promise<ServerProcess> => {
    await releaseFolder(dataDir, log);
    const child = await spawnServer({
      entry: settings.entry,
      timeoutMs: settings.startTimeoutMs ?? 60_000,
      watch: settings.watch ?? { everyMs: 15_000, timeoutMs: 30_000 },
      message: { type: 'start', dataDir, port, ...credentials, logLevel: log.level, limits: settings.limits ?? {} },
    });
    try {
      await recordHolder(dataDir, child.pid);
    } catch (error) {
      child.kill();
      throw error;
    }
    port = child.port;
    void child.exited.then((reason) => {
      if (current === child) current = undefined;
      if (!stopping) restarting = restart(reason, Date.now() - child.startedAt);
    });
    return child;
  };

  let attempts = 0;
  const restart = async (reason: string, livedMs: number): Promise<void> => {
    if (livedMs > BACKOFF_MS.healthyAfter) attempts = 0;
    while (!stopping) {
      const delay = Math.min(BACKOFF_MS.first * 2 ** attempts++, BACKOFF_MS.most);
      log.warn({ reason, delay_ms: delay }, 'the columns server ended; starting it again');
      await sleep(delay);
      if (stopping) return;
      try {
        const child = await start();
        if (stopping) await child.stop(STOP_GRACE_MS);
        else current = child;
        for (const listener of listeners) listener(reason);
        return;
      } catch (error) {
        log.error({ err: error }, 'the columns server did not start');
      }
    }
  };

  const wake = new AbortController();
  const sleep = (milliseconds: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      wake.signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
    });

  current = await start();
  log.info({ pid: current.pid, port }, 'columns server ready');
  return {
    url: `http://127.0.0.1:${port}`,
    ...credentials,
    get pid() {
      return current?.pid;
    },
    onRestart(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async stop() {
      stopping = true;
      wake.abort();
      await current?.stop(STOP_GRACE_MS);
      await restarting;
      await forgetHolder(dataDir);
    },
  };
}
