import { buffer } from 'node:stream/consumers';
import type { AsyncBuffer } from 'hyparquet';
import type { FileSource } from './rows';

/** A file as hyparquet reads it: by ranges, without being held whole. */
export function asyncBufferSlice(source: FileSource): AsyncBuffer {
  return {
    byteLength: source.size,
    async slice(start, end = source.size) {
      const bytes = await buffer(await source.open({ start, end }));
      // A copy of its own: small buffers share Node's pool.
      return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
    },
  };
}
