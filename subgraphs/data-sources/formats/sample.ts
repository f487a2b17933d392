import { buffer } from 'node:stream/consumers';
import type { FileSource } from './rows';

/** What is looked at to infer a schema. */
export const SAMPLE_BYTES = 4 * 1024 * 1024;
export const SAMPLE_ROWS = 10_000;

/** The first bytes of a file, at most `SAMPLE_BYTES`. */
export const readSample = async (source: FileSource, bytes = SAMPLE_BYTES): Promise<Buffer> =>
  source.size === 0 ? Buffer.alloc(0) : buffer(await source.open({ start: 0, end: Math.min(bytes, source.size) }));
