import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive } from '../kernel/database/orphan';
import { StartError } from '../kernel/database/start-error';

/**
 * One product per data folder: the second would fight over the engines. The file holds the pid; one left by a killed process is taken over.
 *
 * @returns gives the folder free.
 */
export function lockDataFolder(dataDir: string): () => void {
  const file = join(dataDir, 'datairis.pid');
  const draft = `${file}.${process.pid}`;
  try {
    mkdirSync(dataDir, { recursive: true });
  } catch (error) {
    throw new StartError(
      `The data folder ${dataDir} cannot be made. Mend its parent's permissions or set DATAIRIS_DATA.`,
      { cause: error },
    );
  }
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      // Written first, then linked: the file is never seen without its pid.
      writeFileSync(draft, String(process.pid));
      linkSync(draft, file);
      return () => rmSync(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
        throw new StartError(
          `The data folder ${dataDir} cannot be written. Mend its permissions or set DATAIRIS_DATA.`,
          { cause: error },
        );
      }
      const owner = Number(readFileSync(file, 'utf8'));
      if (owner !== process.pid && Number.isInteger(owner) && owner > 0 && isAlive(owner) && isProduct(owner)) {
        throw new StartError(
          `DataIris already runs on ${dataDir} (process ${owner}). Stop it first, or set DATAIRIS_DATA to another folder.`,
        );
      }
      rmSync(file, { force: true });
    } finally {
      rmSync(draft, { force: true });
    }
  }
  throw new StartError(`Another start took the data folder ${dataDir} at the same moment. Try again.`);
}

/** A pid may have gone to another program since; only where the system tells can that be seen. */
function isProduct(pid: number): boolean {
  try {
    return /node|datairis/i.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
  } catch {
    return process.platform !== 'linux';
  }
}
