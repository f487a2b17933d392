import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { writeDurably } from './durable';
import type { FileInfo } from './files';

const schema = z.object({
  id: z.string(),
  tenantId: z.string(),
  name: z.string(),
  contentType: z.string(),
  size: z.number(),
  sha256: z.string(),
  createdAt: z.coerce.date(),
});

export const writeInfo = (path: string, info: FileInfo): Promise<void> => writeDurably(path, JSON.stringify(info));

/** Null when there is none. */
export async function readInfo(path: string): Promise<FileInfo | null> {
  try {
    return schema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
