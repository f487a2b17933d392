import { execFile } from 'node:child_process';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Logger } from '../logger';

const run = promisify(execFile);

/** Who holds the data folder. `startedAt` is the process's start as the system tells it, so that a pid used again is not mistaken for it. */
interface Holder {
  pid: number;
  startedAt: string;
  parentPid: number;
  parentStartedAt: string;
}

const fileOf = (dataDir: string): string => join(dataDir, 'columns.pid');

/** Records the running columns server, so that a later start can deal with it should its parent die without stopping it. */
export async function recordHolder(dataDir: string, pid: number): Promise<void> {
  const holder: Holder = {
    pid,
    startedAt: await startOf(pid),
    parentPid: process.pid,
    parentStartedAt: await startOf(process.pid),
  };
  const temporary = `${fileOf(dataDir)}.${process.pid}`;
  await mkdir(dataDir, { recursive: true });
  await writeFile(temporary, JSON.stringify(holder));
  await rename(temporary, fileOf(dataDir));
}

export async function forgetHolder(dataDir: string): Promise<void> {
  await rm(fileOf(dataDir), { force: true });
}

/**
 * Makes sure that nobody holds the folder: the engine serves a folder from one process only. An orphan of an earlier run ends by itself when
 * its parent is gone; it is given `waitMs`, then killed. A server whose parent lives is somebody's: that is an error.
 */
export async function releaseFolder(dataDir: string, log: Logger, waitMs = 3_000): Promise<void> {
  const holder = await readHolder(dataDir);
  if (!holder) return;
  const alive = async () => (await startOf(holder.pid)) === holder.startedAt && holder.startedAt !== '';
  const until = Date.now() + waitMs;
  while (await alive()) {
    if ((await startOf(holder.parentPid)) === holder.parentStartedAt)
      throw new Error(
        `The columns server of the data folder ${dataDir} already runs (process ${holder.pid}, started by process ${holder.parentPid}). Stop that one first, or use another folder.`,
      );
    if (Date.now() > until) {
      log.warn({ pid: holder.pid }, 'killing a columns server that outlived its parent');
      process.kill(holder.pid, 'SIGKILL');
    }
    await sleep(50);
  }
  await forgetHolder(dataDir);
}

async function readHolder(dataDir: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(fileOf(dataDir), 'utf8')) as Holder;
  } catch {
    return undefined; // none, or cut off by a crash while it was written: then nobody was ready yet
  }
}

/** When a process started, in the system's own words; empty when there is none (or only its zombie). */
async function startOf(pid: number): Promise<string> {
  if (process.platform === 'linux') {
    try {
      // Behind the command's name in brackets: the state is the first field, the start time the twentieth.
      const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) /s, '').split(' ');
      return fields[0] === 'Z' ? '' : (fields[19] ?? '');
    } catch {
      return '';
    }
  }
  try {
    return (await run('ps', ['-o', 'lstart=', '-p', String(pid)], { timeout: 2_000 })).stdout.trim();
  } catch {
    return '';
  }
}
