import { DomainError, type ErrorCode } from '../errors';
import type { UserError } from './shared-types';

/** Failures that are part of a mutation's answer. The rest (not allowed, not available, our fault) are errors of the request. */
const EXPECTED: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'INVALID_INPUT',
  'INVALID_CREDENTIALS',
  'REFRESH_TOKEN_REUSED',
  'TOKEN_EXPIRED',
  'NOT_FOUND',
  'CONFLICT',
  'VERSION_CONFLICT',
  'UNKNOWN_FIELD',
  'UNKNOWN_MEASURE',
  'UNKNOWN_DIMENSION',
  'UNSUPPORTED_FORMAT',
  'PAYLOAD_TOO_LARGE',
  'QUOTA_EXCEEDED',
  'RATE_LIMITED',
]);

/**
 * Runs a mutation's verb and answers its payload: the result with no errors, or nulls with `userErrors`.
 *
 * @param shape names the payload's fields; called with the verb's result.
 */
export async function payload<O, T extends object>(
  work: Promise<O>,
  shape: (output: O) => T,
): Promise<Partial<T> & { userErrors: UserError[] }> {
  try {
    return { ...shape(await work), userErrors: [] };
  } catch (error) {
    if (!(error instanceof DomainError) || !EXPECTED.has(error.code)) throw error;
    return { userErrors: toUserErrors(error) } as Partial<T> & { userErrors: UserError[] };
  }
}

function toUserErrors(error: DomainError): UserError[] {
  const issues = error.details.issues as { field: string[]; message: string }[] | undefined;
  if (issues?.length) return issues.map(({ field, message }) => ({ code: error.code, field, message }));
  return [{ code: error.code, field: error.details.field ? [...error.details.field] : null, message: error.message }];
}
