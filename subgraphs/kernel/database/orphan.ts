import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Whether a process exists, ours to signal or not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Waits until the process is gone; false when it is still there after `timeoutMs`. */
export async function waitForEnd(pid: number, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (isAlive(pid)) {
    if (Date.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return true;
}

/**
 * The postmaster that still runs on this folder, by its `postmaster.pid` (line 1 pid, 4 port, 8 state). A file whose pid now belongs to
 * another program is removed: PostgreSQL itself would take that program for a postmaster and refuse to start.
 */
export async function findOrphan(dataDir: string): Promise<{ pid: number; port: number } | null> {
  const file = join(dataDir, 'postmaster.pid');
  if (!existsSync(file)) return null;
  const lines = readFileSync(file, 'utf8').split('\n');
  const [pid, port] = [Number(lines[0]), Number(lines[3])];
  if (!Number.isInteger(pid) || pid <= 0 || !isAlive(pid)) return null;
  if (!isPostgresOn(pid, dataDir)) {
    rmSync(file);
    return null;
  }
  // It may just be going down, since its parent was ended in an orderly way.
  if (lines[7]?.trim() === 'stopping' && (await waitForEnd(pid, 10_000))) return null;
  return Number.isInteger(port) && port > 0 ? { pid, port } : null;
}

function isPostgresOn(pid: number, dataDir: string): boolean {
  const commandLine = `/proc/${pid}/cmdline`;
  if (!existsSync(commandLine)) return process.platform !== 'linux';
  return readFileSync(commandLine, 'utf8').split('\0').includes(dataDir);
}
