import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { DomainError } from '../../kernel/errors';
import type { Stores } from '../../kernel/stores';
import { ImportFailure } from '../formats/import-failure';
import type { FileSource } from '../formats/rows';
import type { ImportSource } from '../import-run.entity';

/** The bytes behind an import. Throws `ImportFailure` FILE_GONE when they are no longer there. */
export async function openSource(stores: Stores, tenantId: string, source: ImportSource): Promise<FileSource> {
  return source.kind === 'upload' ? openUpload(stores, tenantId, source.fileId) : openLocal(source.path);
}

async function openUpload({ files }: Stores, tenantId: string, fileId: string): Promise<FileSource> {
  try {
    const { name, size } = await files.info(tenantId, fileId);
    return {
      name,
      size,
      open: async (range) => {
        const { start, end } = range ?? { start: 0, end: size };
        if (start >= end) return Readable.from([]);
        return files.read(tenantId, fileId, { start, end: end - 1 });
      },
    };
  } catch (error) {
    if (error instanceof DomainError && error.code === 'NOT_FOUND') throw gone(error);
    throw error;
  }
}

/** A file on this machine, named by the operator, never by a request. */
export async function openLocal(path: string): Promise<FileSource> {
  try {
    await (await open(path, 'r')).close();
    const { size } = await stat(path);
    return {
      name: basename(path),
      size,
      open: async (range) => {
        const { start, end } = range ?? { start: 0, end: size };
        return start >= end ? Readable.from([]) : createReadStream(path, { start, end: end - 1 });
      },
    };
  } catch (error) {
    throw gone(error);
  }
}

const gone = (cause: unknown): ImportFailure =>
  new ImportFailure(
    'FILE_GONE',
    'The file is no longer there, or cannot be read. Upload it again and start a new import.',
    { cause },
  );
