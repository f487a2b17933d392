import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { DomainError } from '../../kernel/errors';
import { MAX_EVENTS } from './ingest-events';

/** Of the body as sent, and of what it unpacks to. */
export const MAX_BODY_BYTES = 10 * 1024 * 1024;
export const MAX_UNPACKED_BYTES = 50 * 1024 * 1024;

/** One event of a body, or a line that is none. `line` counts from 1; null in a JSON array. */
export interface BodyEvent {
  line: number | null;
  value?: unknown;
  problem?: string;
}

/** Reads a body: a JSON array, or one JSON object a line. Throws for a body that cannot be read at all. */
export async function readEvents(body: Readable, encoding: string | undefined): Promise<BodyEvent[]> {
  const text = await readText(body, encoding);
  return /^\s*\[/.test(text) ? readArray(text) : readLines(text);
}

/** Told as soon as it is known: what a small packed body holds may be millions of tiny events. */
const tooMany = (): DomainError => new DomainError('INVALID_INPUT', `Send at most ${MAX_EVENTS} events in a call.`);

async function readText(body: Readable, encoding: string | undefined): Promise<string> {
  const packed = encoding?.trim().toLowerCase() ?? 'identity';
  if (packed === 'identity' || packed === '') return collect(body, MAX_UNPACKED_BYTES);
  if (packed !== 'gzip' && packed !== 'x-gzip') {
    throw new DomainError('UNSUPPORTED_FORMAT', `A body may be packed with gzip, not with "${packed.slice(0, 50)}".`);
  }
  const gunzip = createGunzip();
  // Not `pipeline`: it would destroy the body, and the connection with it, before a refusal is told.
  body.once('error', (error) => gunzip.destroy(error));
  body.once('aborted', () => gunzip.destroy(new Error('the client went away')));
  body.pipe(gunzip);
  try {
    return await collect(gunzip, MAX_UNPACKED_BYTES);
  } catch (error) {
    body.unpipe(gunzip);
    gunzip.destroy();
    if (error instanceof DomainError) throw error;
    throw new DomainError('BAD_REQUEST', 'The body says it is gzip, but cannot be unpacked.', {}, { cause: error });
  }
}

/** Stops reading at the limit: what a small body unpacks to may be endless. */
async function collect(source: Readable, most: number): Promise<string> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of source.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > most) {
      throw new DomainError(
        'PAYLOAD_TOO_LARGE',
        `A body may unpack to ${most / 1024 / 1024} MB at most. Send it in parts.`,
      );
    }
    pieces.push(piece);
  }
  return Buffer.concat(pieces)
    .toString('utf8')
    .replace(/^\uFEFF/, '');
}

function readArray(text: string): BodyEvent[] {
  let values: unknown;
  try {
    values = JSON.parse(text);
  } catch {
    throw new DomainError(
      'BAD_REQUEST',
      'The body begins as a JSON array but is none. Send an array, or one object a line.',
    );
  }
  if ((values as unknown[]).length > MAX_EVENTS) throw tooMany();
  return (values as unknown[]).map((value) => ({ line: null, value }));
}

function readLines(text: string): BodyEvent[] {
  const events: BodyEvent[] = [];
  for (let at = 0, number = 1; at < text.length; number++) {
    const found = text.indexOf('\n', at);
    const end = found < 0 ? text.length : found;
    const line = text.slice(at, end).trim();
    at = end + 1;
    if (line === '') continue;
    if (events.length === MAX_EVENTS) throw tooMany();
    try {
      events.push({ line: number, value: JSON.parse(line) as unknown });
    } catch {
      events.push({ line: number, problem: 'This line is not JSON.' });
    }
  }
  return events;
}
