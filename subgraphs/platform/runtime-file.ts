import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { isAlive } from '../kernel/database/orphan';

const runtime = z.object({
  pid: z.number().int(),
  url: z.string(),
  databaseUrl: z.string(),
  clickhouseUrl: z.string(),
});

/** Where the running product's engines listen, for the operator's own tools on the same machine. */
export type RuntimeFile = z.infer<typeof runtime>;

const pathOf = (dataDir: string): string => join(dataDir, 'runtime.json');

/** Written readable by its owner only, since the addresses hold passwords. Answers what removes it. */
export function writeRuntimeFile(dataDir: string, content: RuntimeFile): () => void {
  const file = pathOf(dataDir);
  writeFileSync(`${file}.new`, JSON.stringify(content), { mode: 0o600 });
  renameSync(`${file}.new`, file);
  return () => rmSync(file, { force: true });
}

/** Null when nothing runs on the folder. */
export function readRuntimeFile(dataDir: string): RuntimeFile | null {
  try {
    const content = runtime.parse(JSON.parse(readFileSync(pathOf(dataDir), 'utf8')));
    return isAlive(content.pid) ? content : null;
  } catch {
    return null;
  }
}
