import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DomainError } from '../errors';

/** Streams `content` into a new file, flushed, with its size in bytes and SHA-256. Fails with PAYLOAD_TOO_LARGE at the first byte too many. */
export async function receive(
  content: Readable,
  path: string,
  maxBytes: number,
  signal: AbortSignal,
): Promise<{ size: number; sha256: string }> {
  const hash = createHash('sha256');
  let size = 0;
  const count = new Transform({
    transform(chunk: Buffer | string, encoding, done) {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk;
      size += bytes.length;
      if (size > maxBytes) return done(tooLarge(maxBytes));
      hash.update(bytes);
      done(null, bytes);
    },
  });
  await pipeline(content, count, createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true }), { signal });
  return { size, sha256: hash.digest('hex') };
}

const tooLarge = (maxBytes: number): DomainError =>
  new DomainError(
    'PAYLOAD_TOO_LARGE',
    `The file is larger than the ${maxBytes} bytes allowed here. Send a smaller one.`,
    {
      maxBytes,
    },
  );
