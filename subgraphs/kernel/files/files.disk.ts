import { open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../clock';
import { DomainError, notFound } from '../errors';
import { isId, newId } from '../ids';
import type { Logger } from '../logger';
import { makeFolder, syncFolder } from './durable';
import type { FileInfo, Files } from './files';
import { readInfo, writeInfo } from './sidecar';
import { sweepLeftovers } from './sweep';
import { receive } from './receive';

export interface DiskFilesDeps {
  /** Everything is kept below; made when it is not there. One installation at a time. */
  folder: string;
  clock: Clock;
  log: Logger;
}

const MAX_LIST = 1_000;

/**
 * Files in a folder: `<tenant>/<id>.bin` with `<id>.json` beside it. The content is written to a temporary name and flushed, then
 * renamed, then the sidecar likewise: a file exists when its sidecar does, so it is whole or absent. What a kill left is swept at start.
 */
export async function openDiskFiles({ folder, clock, log }: DiskFilesDeps): Promise<Files> {
  await makeFolder(folder);
  await sweepLeftovers(folder, log);
  const running = new Set<AbortController>();

  /** Only ids ever become part of a path. */
  const tenantFolder = (tenantId: string): string => {
    if (!isId(tenantId)) throw new Error('a tenant is named by its id');
    return join(folder, tenantId.toLowerCase());
  };
  const path = (tenantId: string, id: string, suffix: string): string => {
    if (!isId(id)) throw notFound('file', id);
    return join(tenantFolder(tenantId), `${id.toLowerCase()}.${suffix}`);
  };
  const info = async (tenantId: string, id: string): Promise<FileInfo> => {
    const found = await readInfo(path(tenantId, id, 'json'));
    if (!found || found.tenantId !== tenantId) throw notFound('file', id);
    return found;
  };

  return {
    put: async (tenantId, content, { name, contentType, maxBytes, signal }) => {
      const stop = new AbortController();
      running.add(stop);
      const id = newId();
      const temporary = path(tenantId, id, 'tmp');
      const final = path(tenantId, id, 'bin');
      try {
        await makeFolder(tenantFolder(tenantId));
        const either = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
        const { size, sha256 } = await receive(content, temporary, maxBytes, either);
        const saved: FileInfo = { id, tenantId, name, contentType, size, sha256, createdAt: clock.now() };
        await rename(temporary, final);
        await writeInfo(path(tenantId, id, 'json'), saved);
        return saved;
      } catch (error) {
        content.destroy();
        await Promise.all(['tmp', 'bin', 'json'].map((suffix) => rm(path(tenantId, id, suffix), { force: true })));
        throw error;
      } finally {
        running.delete(stop);
      }
    },

    info,

    read: async (tenantId, id, range) => {
      const { size } = await info(tenantId, id);
      if (range) assertRange(range, size);
      // Opened before it is answered: a file deleted meanwhile is read to its end.
      const handle = await open(path(tenantId, id, 'bin')).catch((error: NodeJS.ErrnoException) => {
        throw error.code === 'ENOENT' ? notFound('file', id) : error;
      });
      const end = Math.min(range?.end ?? size - 1, size - 1);
      return handle.createReadStream({ start: range?.start ?? 0, end: Math.max(end, 0), autoClose: true });
    },

    delete: async (tenantId, id) => {
      await info(tenantId, id);
      await rm(path(tenantId, id, 'json'), { force: true });
      await syncFolder(tenantFolder(tenantId)); // gone for good before its content is: never a sidecar without a file
      await rm(path(tenantId, id, 'bin'), { force: true });
    },

    list: async (tenantId, after, limit = 100) => {
      const names = await readdir(tenantFolder(tenantId)).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return [];
        throw error;
      });
      const ids = names
        .filter((name) => name.endsWith('.json'))
        .map((name) => name.slice(0, -'.json'.length))
        .filter((id) => after === undefined || id > after.toLowerCase())
        .sort()
        .slice(0, Math.min(Math.max(limit, 0), MAX_LIST));
      const found = await Promise.all(ids.map((id) => readInfo(path(tenantId, id, 'json'))));
      return found.filter((each) => each !== null); // deleted while we read
    },

    close: async () => {
      running.forEach((stop) => stop.abort(new Error('the file store is closing')));
    },
  };
}

function assertRange({ start, end }: { start: number; end?: number }, size: number): void {
  const whole = Number.isInteger(start) && (end === undefined || Number.isInteger(end));
  if (!whole || start < 0 || start >= Math.max(size, 1) || (end !== undefined && end < start)) {
    throw new DomainError(
      'INVALID_INPUT',
      `The file has ${size} bytes: ask for a range within 0–${Math.max(size - 1, 0)}.`,
      {
        size,
      },
    );
  }
}
