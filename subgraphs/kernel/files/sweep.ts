import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isId } from '../ids';
import type { Logger } from '../logger';

/** Removes what a killed process left: temporary files, and contents that never got, or no longer have, their sidecar. */
export async function sweepLeftovers(folder: string, log: Logger): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (!entry.isDirectory() || !isId(entry.name)) continue;
    const names = new Set(await readdir(join(folder, entry.name)));
    for (const name of names) {
      const orphan = name.endsWith('.bin') && !names.has(name.replace(/\.bin$/, '.json'));
      if (!orphan && !name.endsWith('.tmp')) continue;
      await rm(join(folder, entry.name, name), { force: true });
      log.info({ tenant_id: entry.name, file: name }, 'removed what an interrupted upload left');
    }
  }
}
