import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { unlink } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { Transform, Writable, type Readable, type TransformCallback } from 'node:stream';
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

/**
 * Counts bytes and lets none through beyond the limit. The rest of a body that is too long is still read (up to as much again), since a client
 * that is cut off while it sends never sees the answer.
 */
class Limit extends Transform {
  bytes = 0;

  constructor(private readonly maxBytes: number) {
    super();
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, callback: TransformCallback): void {
    this.bytes += chunk.length;
    if (this.bytes > 2 * this.maxBytes) callback(this.tooLarge());
    else callback(null, this.bytes > this.maxBytes ? undefined : chunk);
  }

  check(): void {
    if (this.bytes > this.maxBytes) throw this.tooLarge();
  }

  private tooLarge() {
    return exception('TOO_LARGE_STRING_SIZE', `The body is larger than ${this.maxBytes} bytes.`);
  }
}

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
  const limit = new Limit(maxBytes);
  await pipeline([source, ...steps, limit, collect]).catch(rethrow);
  limit.check();
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
  const limit = new Limit(maxBytes);
  try {
    await pipeline([source, ...steps, limit, createWriteStream(path, { mode: 0o600 })]);
    limit.check();
  } catch (error) {
    await discard(path);
    rethrow(error);
  }
  return { path, bytes: limit.bytes };
}

export async function discard(path: string): Promise<void> {
  await unlink(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
}

/** Broken compression is the caller's mistake, not ours. */
function rethrow(error: unknown): never {
  const { code } = error as { code?: unknown };
  if (typeof code === 'string' && /^(Z|ZSTD)_/.test(code))
    throw exception('INCORRECT_DATA', 'The compressed body is broken.');
  throw error;
}
