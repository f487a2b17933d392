import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { unlink } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { Transform, Writable, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createInflate, createZstdDecompress } from 'node:zlib';
import { exception } from './exception';

/** The body of a request, decompressed, never longer than `maxBytes` (after decompression). */
function decoded(request: IncomingMessage): { source: Readable; steps: Transform[] } {
  const encoding = request.headers['content-encoding'];
  if (encoding === undefined || encoding === 'identity') return { source: request, steps: [] };
  if (encoding === 'gzip') return { source: request, steps: [createGunzip()] };
  if (encoding === 'deflate') return { source: request, steps: [createInflate()] };
  if (encoding === 'zstd') return { source: request, steps: [createZstdDecompress()] };
  throw exception('BAD_ARGUMENTS', `Unknown Content-Encoding ${encoding.slice(0, 32)}.`);
}

const limit = (maxBytes: number, count: { bytes: number }): Transform =>
  new Transform({
    transform(chunk: Buffer, _encoding, callback) {
      count.bytes += chunk.length;
      if (count.bytes > maxBytes)
        callback(exception('TOO_LARGE_STRING_SIZE', `The body is larger than ${maxBytes} bytes.`));
      else callback(null, chunk);
    },
  });

/** Reads a body that is SQL. */
export async function readText(request: IncomingMessage, maxBytes: number): Promise<string> {
  const { source, steps } = decoded(request);
  const chunks: Buffer[] = [];
  const collect = new Writable({
    write(chunk: Buffer, _encoding, callback) {
      chunks.push(chunk);
      callback();
    },
  });
  await pipeline([source, ...steps, limit(maxBytes, { bytes: 0 }), collect]).catch(rethrow);
  return Buffer.concat(chunks).toString('utf8');
}

/** Writes a body that is data to a file of its own in `folder`; the caller removes it by `discard`. */
export async function spool(
  request: IncomingMessage,
  folder: string,
  maxBytes: number,
): Promise<{ path: string; bytes: number }> {
  const path = join(folder, randomUUID());
  const { source, steps } = decoded(request);
  const count = { bytes: 0 };
  try {
    await pipeline([source, ...steps, limit(maxBytes, count), createWriteStream(path, { mode: 0o600 })]);
  } catch (error) {
    await discard(path);
    rethrow(error);
  }
  return { path, bytes: count.bytes };
}

export async function discard(path: string): Promise<void> {
  await unlink(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
}

/** Broken compression is the caller's mistake, not ours. */
function rethrow(error: unknown): never {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (code.startsWith('Z_') || code.startsWith('ZSTD_'))
    throw exception('INCORRECT_DATA', 'The compressed body is broken.');
  throw error;
}
