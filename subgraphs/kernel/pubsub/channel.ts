import { createHash } from 'node:crypto';
import { DomainError } from '../errors';
import { MAX_MESSAGE_BYTES, type Channel } from './pubsub';

/** One text per channel; a tenant's id has no line break, so no two channels share one. */
export const channelKey = ({ tenantId, topic }: Channel): string => `${tenantId ?? '-'}\n${topic}`;

/** A name of 59 bytes that needs no quoting: PostgreSQL cuts identifiers at 63. */
export const hashedChannel = (channel: Channel): string =>
  `di_${createHash('sha256').update(channelKey(channel)).digest('hex').slice(0, 56)}`;

/** The JSON text of a message. Throws PAYLOAD_TOO_LARGE, or a TypeError for what JSON cannot hold. */
export function encodeMessage(message: unknown): string {
  const text = JSON.stringify(message) as string | undefined;
  if (text === undefined) throw new TypeError('a message must be a JSON value');
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_MESSAGE_BYTES) {
    throw new DomainError(
      'PAYLOAD_TOO_LARGE',
      `A signal holds at most ${MAX_MESSAGE_BYTES} bytes, this one has ${bytes}. Send a reference to the data instead.`,
    );
  }
  return text;
}
