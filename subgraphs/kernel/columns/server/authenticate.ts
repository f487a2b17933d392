import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { exception } from './exception';

export interface Credentials {
  username: string;
  password: string;
}

/** Checks Basic credentials or ClickHouse's own headers in constant time; throws AUTHENTICATION_FAILED. */
export function authenticate(request: IncomingMessage, expected: Credentials): void {
  const given = credentialsOf(request);
  const isUser = same(given.username, expected.username);
  const isPassword = same(given.password, expected.password);
  if (!isUser || !isPassword)
    throw exception('AUTHENTICATION_FAILED', 'Authentication failed: password is incorrect, or there is no such user.');
}

function credentialsOf(request: IncomingMessage): Credentials {
  const [scheme, encoded] = (request.headers.authorization ?? '').split(' ');
  if (scheme?.toLowerCase() === 'basic' && encoded) {
    const [username = '', ...password] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
    return { username, password: password.join(':') };
  }
  const { 'x-clickhouse-user': username, 'x-clickhouse-key': password } = request.headers;
  return { username: String(username ?? ''), password: String(password ?? '') };
}

/** Equal lengths make equal times: compare digests. */
const same = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b));
const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
