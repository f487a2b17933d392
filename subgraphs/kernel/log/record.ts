import { DomainError } from '../errors';
import { isId } from '../ids';
import { MAX_RECORD_BYTES, type LogRecord, type StoredRecord } from './log';

type Body = [key: string, value: unknown, headers?: Readonly<Record<string, string>>];

/** A record's key, value and headers as one JSON text: it holds any string (NUL characters are escaped) and no control character. */
export function encodeBody(record: LogRecord): string {
  if (!isId(record.tenantId)) throw new Error('a record of the log needs the id of its tenant');
  if (record.value === undefined || typeof record.value === 'function' || typeof record.value === 'symbol')
    throw new Error('a record of the log must be a JSON value');
  const body: Body = record.headers ? [record.key, record.value, record.headers] : [record.key, record.value];
  const text = JSON.stringify(body);
  // A UTF-16 unit is at most three bytes: the exact count is needed for long ones only.
  if (text.length * 3 > MAX_RECORD_BYTES && Buffer.byteLength(text) > MAX_RECORD_BYTES) {
    throw new DomainError('PAYLOAD_TOO_LARGE', `One record may have at most ${MAX_RECORD_BYTES} bytes. Send less.`);
  }
  return text;
}

/** The record of a stored body. */
export function decodeBody(
  text: string,
  at: Pick<StoredRecord, 'topic' | 'partition' | 'offset' | 'timestamp' | 'tenantId'>,
): StoredRecord {
  const [key, value, headers] = JSON.parse(text) as Body;
  return headers ? { ...at, key, value, headers } : { ...at, key, value };
}
