import { ClickHouseError } from '@clickhouse/client';
import type { Logger } from '../logger';
import { DomainError } from '../errors';

const TIMEOUT = new Set([159, 160]);
const TOO_EXPENSIVE = new Set([158, 241, 307, 396]);
const BUSY = new Set([202, 203, 209, 210, 236, 999]);
const CANCELLED = new Set([394, 734]);
export const TABLE_ALREADY_EXISTS = 57;
const REFUSED_SYSCALLS = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
]);

export type StopReason = 'aborted' | 'deadline' | undefined;

/** The domain's error for whatever the client threw in the operation `name`. `stopped` tells who ended it, if it was us. */
export function toDomainError(thrown: unknown, name: string, log: Logger, stopped: StopReason): DomainError {
  const cause = { cause: thrown };
  if (thrown instanceof DomainError) return thrown;
  if (stopped === 'aborted')
    return new DomainError('CANCELLED', 'The query was cancelled before it finished.', {}, cause);
  if (stopped === 'deadline') return timeout(cause);
  const code = codeOf(thrown);
  if (code !== undefined && TIMEOUT.has(code)) return timeout(cause);
  if (code !== undefined && TOO_EXPENSIVE.has(code))
    return new DomainError(
      'QUERY_TOO_EXPENSIVE',
      'This would read, keep or return more than one query may. Choose a shorter time range, fewer dimensions or more filters.',
      {},
      cause,
    );
  if (code !== undefined && CANCELLED.has(code))
    return new DomainError('CANCELLED', 'The query was cancelled before it finished.', {}, cause);
  if ((code !== undefined && BUSY.has(code)) || isConnectionFailure(thrown)) return unavailable(cause);
  if (code === TABLE_ALREADY_EXISTS) return new DomainError('CONFLICT', 'There is such a table already.', {}, cause);
  log.error({ err: thrown, operation: name, clickhouse_code: code }, 'the analytics store refused an operation');
  return new DomainError(
    'INTERNAL',
    'The analytics store could not do this. The failure is logged on our side.',
    {},
    cause,
  );
}

const timeout = (cause: ErrorOptions) =>
  new DomainError(
    'QUERY_TIMEOUT',
    'The query took too long and was stopped. Choose a shorter time range or more filters.',
    {},
    cause,
  );

export const unavailable = (cause?: ErrorOptions) =>
  new DomainError(
    'UNAVAILABLE',
    'The analytics store does not answer at the moment. Try again shortly.',
    { retryAfterSeconds: 1 },
    cause,
  );

/** ClickHouse's numeric error code, if the server said one. */
export function codeOf(thrown: unknown): number | undefined {
  return thrown instanceof ClickHouseError ? Number(thrown.code) : undefined;
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Node's own errors are told by their fields: `instanceof` fails for those of another realm. */
export function isConnectionFailure(thrown: unknown): boolean {
  const { code, message } = (thrown ?? {}) as { code?: unknown; message?: unknown };
  return REFUSED_SYSCALLS.has(textOf(code)) || message === 'aborted' || message === 'socket hang up';
}
