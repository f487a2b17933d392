import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // What is dead but not yet collected by its parent counts as gone.
    return process.platform !== 'linux' || !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** Repeats until it does not throw, for ten seconds. */
export async function eventually(attempt: () => unknown): Promise<void> {
  const until = Date.now() + 10_000;
  for (;;) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (Date.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** A columns server started by a process of its own, which can be killed without a chance to stop it. */
export async function orphanOf(dataDir: string): Promise<{ pid: number; killParent(): Promise<void> }> {
  const script = `
    const { startColumnsServer } = require(${JSON.stringify(join(__dirname, '../supervisor.ts'))});
    const { createLogger } = require(${JSON.stringify(join(__dirname, '../../logger.ts'))});
    startColumnsServer({ dataDir: ${JSON.stringify(dataDir)}, log: createLogger({ service: 'test', level: 'silent' }) })
      .then((server) => process.stdout.write(server.pid + '\\n'));`;
  const parent = spawn(process.execPath, ['-r', '@swc-node/register', '-e', script], {
    cwd: join(__dirname, '../../../..'),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  return {
    pid: Number(line.toString()),
    killParent: async () => {
      parent.kill('SIGKILL');
      await once(parent, 'exit');
    },
  };
}
