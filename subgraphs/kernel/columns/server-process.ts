import { fork, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import type { ServerMessage, StartMessage } from './server/messages';

export interface ServerProcess {
  pid: number;
  port: number;
  startedAt: number;
  /** Resolves with the reason, for a log line. */
  exited: Promise<string>;
  /** SIGTERM, then SIGKILL after `graceMs`. */
  stop(graceMs: number): Promise<void>;
  kill(): void;
}

/** How often the server is asked whether it answers, and how long it may take; after two failures in a row it is killed. */
export interface Watch {
  everyMs: number;
  timeoutMs: number;
}

export interface SpawnOptions {
  entry?: string;
  timeoutMs: number;
  message: StartMessage;
  watch: Watch;
}

/** Starts one columns server and resolves when it serves. */
export async function spawnServer({
  entry = defaultEntry(),
  timeoutMs,
  message,
  watch,
}: SpawnOptions): Promise<ServerProcess> {
  const child = fork(entry, [], {
    ...runtimeFor(entry),
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    // Nothing of our environment goes along. Each engine session at work holds a thread of libuv's pool; files need some too.
    env: { TZ: 'UTC', UV_THREADPOOL_SIZE: String((message.limits.short ?? 4) + (message.limits.long ?? 3) + 6) },
  });
  let ended: string | undefined;
  child.on('message', (told: ServerMessage) => {
    if (told.type === 'hello') child.send(message);
    if (told.type === 'recycling') ended = `query ${told.queryId} would not stop`;
  });
  const exited = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(ended ?? signal ?? `exit code ${code}`));
    child.once('error', (error) => resolve(error.message));
  });
  const port = await ready(child, exited, timeoutMs);
  watchOver(port, exited, watch, () => {
    ended = 'it did not answer any more';
    child.kill('SIGKILL');
  });
  return {
    pid: child.pid!,
    port,
    startedAt: Date.now(),
    exited,
    kill: () => child.kill('SIGKILL'),
    stop: async (graceMs) => {
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
      child.kill('SIGTERM');
      await exited;
      clearTimeout(timer);
    },
  };
}

/** A process that lives but does not answer, for whatever reason in the engine, is as good as dead. */
function watchOver(port: number, exited: Promise<string>, watch: Watch, onHang: () => void): void {
  let failures = 0;
  let asking = false;
  const ask = async (): Promise<void> => {
    if (asking) return;
    asking = true;
    try {
      const answer = await fetch(`http://127.0.0.1:${port}/ping`, { signal: AbortSignal.timeout(watch.timeoutMs) });
      await answer.text();
      failures = 0;
    } catch {
      if (++failures >= 2) onHang();
    } finally {
      asking = false;
    }
  };
  const timer = setInterval(() => void ask(), watch.everyMs);
  timer.unref();
  void exited.then(() => clearInterval(timer));
}

async function ready(child: ChildProcess, exited: Promise<string>, timeoutMs: number): Promise<number> {
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<number>((resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`the columns server was not ready in ${timeoutMs} ms`)), timeoutMs);
      child.on('message', (told: ServerMessage) => {
        if (told.type === 'ready') resolve(told.port);
        if (told.type === 'failed')
          reject(Object.assign(new Error(`the columns server cannot start: ${told.message}`), { code: told.code }));
      });
      void exited.then((reason) => reject(new Error(`the columns server ended while starting: ${reason}`)));
    });
  } catch (error) {
    child.kill('SIGKILL');
    await exited;
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** JavaScript in a build, TypeScript in development and in tests: the server lies beside this file in the same form. */
const defaultEntry = (): string => join(__dirname, 'server', `main${extname(__filename)}`);

function runtimeFor(entry: string): { execArgv: string[]; cwd?: string } {
  if (extname(entry) !== '.ts') return { execArgv: [] };
  // The compiler reads the tsconfig of the working folder.
  return { execArgv: ['-r', require.resolve('@swc-node/register')], cwd: projectRoot(dirname(entry)) };
}

function projectRoot(folder: string): string {
  if (existsSync(join(folder, 'tsconfig.json'))) return folder;
  const parent = dirname(folder);
  return parent === folder ? process.cwd() : projectRoot(parent);
}
