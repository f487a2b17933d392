import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const demoFile = z.object({ email: z.string(), password: z.string() });

export type DemoCredentials = z.infer<typeof demoFile>;

/** The demonstration's sign-in, made once for this installation and readable by its owner only. `fresh` on that first time. */
export function demoCredentials(dataDir: string): DemoCredentials & { fresh: boolean } {
  const file = join(dataDir, 'demo.json');
  if (existsSync(file)) return { ...demoFile.parse(JSON.parse(readFileSync(file, 'utf8'))), fresh: false };
  const made = { email: 'demo@datairis.local', password: randomBytes(12).toString('base64url') };
  writeFileSync(`${file}.new`, JSON.stringify(made, null, 2), { mode: 0o600 });
  renameSync(`${file}.new`, file);
  return { ...made, fresh: true };
}
