import { createReadStream } from 'node:fs';
import { access, constants, stat } from 'node:fs/promises';
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
    await access(path, constants.R_OK);
    const found = await stat(path);
    if (!found.isFile()) throw new Error('not a file');
    const { size } = found;
    return {
      name: basename(path),
      size,
      open: async (range) => {
        const { start, end } = range ?? { start: 0, end: size };
        return start >= end ? Readable.from([]) : createReadStream(path, { start, end: end - 1 });
      },
    };
  } catch (error) {
    const message = `The file ${path} cannot be read (${(error as Error).message}). Mend the path or its permissions.`;
    throw new ImportFailure('FILE_GONE', message, { cause: error });
  }
}

const gone = (cause: unknown): ImportFailure =>
  new ImportFailure('FILE_GONE', 'The uploaded file is no longer there. Upload it again and start a new import.', {
    cause,
  });
