import { DomainError } from '../errors';

/** Node's and PostgreSQL's codes for "not reachable now": connection faults, shutdown, too many connections. */
const FAULTS = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'ETIMEDOUT',
  'EPIPE',
  '57P01',
  '57P02',
  '57P03',
  '08001',
  '08003',
  '08006',
  '53300',
]);
const FAULT_NAMES = new Set([
  'ClientClosedError',
  'ClientOfflineError',
  'SocketClosedUnexpectedlyError',
  'TimeoutError',
]);
const FAULT_TEXTS =
  /Connection terminated|timeout exceeded when trying to connect|not queryable|Socket closed|timed? ?out/i;

/** Runs `work`; a store that cannot be reached becomes UNAVAILABLE, everything else is thrown as it is. */
export async function orUnavailable<T>(store: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isStoreFault(error)) throw error;
    throw new DomainError(
      'UNAVAILABLE',
      `${store} cannot be reached just now. Try again in a few seconds.`,
      { retryAfterSeconds: 5 },
      { cause: error },
    );
  }
}

export function isStoreFault(error: unknown): boolean {
  const { code, name, message, constructor } = (error ?? {}) as Error & { code?: unknown };
  if (typeof code === 'string' && FAULTS.has(code)) return true;
  return FAULT_NAMES.has(constructor?.name) || FAULT_NAMES.has(name) || FAULT_TEXTS.test(message ?? '');
}
