import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isId } from '../ids';
import type { Logger } from '../logger';

/** Several processes may keep files in one folder: what another is just writing is younger than this. */
const ABANDONED_AFTER_MS = 6 * 3_600_000;

/** Removes what a killed process left: temporary files, and contents that never got, or no longer have, their sidecar. */
export async function sweepLeftovers(folder: string, log: Logger): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (!entry.isDirectory() || !isId(entry.name)) continue;
    const names = new Set(await readdir(join(folder, entry.name)));
    for (const name of names) {
      const orphan = name.endsWith('.bin') && !names.has(name.replace(/\.bin$/, '.json'));
      if (!orphan && !name.endsWith('.tmp')) continue;
      if (!(await isAbandoned(join(folder, entry.name, name)))) continue;
      await rm(join(folder, entry.name, name), { force: true });
      log.info({ tenant_id: entry.name, file: name }, 'removed what an interrupted upload left');
    }
  }
}

async function isAbandoned(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  return found !== null && Date.now() - found.mtimeMs > ABANDONED_AFTER_MS;
}
