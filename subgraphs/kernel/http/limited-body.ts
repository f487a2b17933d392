import { Transform, pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { DomainError } from '../errors';

/**
 * The body unpacked, failing at the first byte over the limit: a small answer that unpacks to a huge one is cut off, not held.
 * `mapError` turns the connection's errors into ours.
 */
export function limitedBody(
  raw: Readable,
  encoding: string | undefined,
  maxBytes: number,
  mapError: (error: unknown) => unknown,
): Readable {
  let size = 0;
  const limit = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      done(size > maxBytes ? bodyTooLarge(maxBytes) : null, chunk);
    },
  });
  const stages = isGzip(encoding) ? [createGunzip(), limit] : [limit];
  // The error that ended the pipeline is replaced before a reader can see it.
  limit._destroy = (error, done) => done(error ? (mapError(error) as Error) : null);
  pipeline([raw, ...stages], () => undefined);
  return limit;
}

export const isGzip = (encoding: string | undefined): boolean => /^(x-)?gzip$/i.test(encoding?.trim() ?? '');

export const bodyTooLarge = (maxBytes: number): DomainError =>
  new DomainError(
    'PAYLOAD_TOO_LARGE',
    `The answer is larger than the ${maxBytes} bytes allowed here. Ask for less at once.`,
    {
      maxBytes,
    },
  );
