import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartError } from '../kernel/database/start-error';
import { createSecrets, type Secrets } from '../kernel/secrets';

/**
 * The installation's master secret: DATAIRIS_SECRET, or one made on first start and kept in the data folder, readable by its owner only.
 * Losing it makes everything encrypted unreadable.
 */
export function masterSecrets(dataDir: string, given: string | undefined): Secrets {
  return createSecrets(given ? Buffer.from(given) : fromFile(dataDir));
}

function fromFile(dataDir: string): Buffer {
  const file = join(dataDir, 'secret.key');
  try {
    if (!existsSync(file)) {
      mkdirSync(dataDir, { recursive: true });
      writeFileSync(`${file}.new`, randomBytes(48).toString('base64url'), { mode: 0o600 });
      renameSync(`${file}.new`, file);
    }
    chmodSync(file, 0o600);
    return Buffer.from(readFileSync(file, 'utf8').trim());
  } catch (error) {
    throw new StartError(
      `The secret in ${file} cannot be read or made. Mend the folder's permissions or set DATAIRIS_SECRET.`,
      { cause: error },
    );
  }
}
