import { createHash } from 'node:crypto';
import type { Identity } from './context';

export interface FingerprintParts {
  /** What is asked: an operation's hash, a compiled query's name and text. */
  operation: string;
  variables: unknown;
  /** Row and column policies with their bound values. */
  policies?: readonly string[];
  /** The version of the data the answer comes from. */
  dataVersion?: string;
  /** Set when the answer depends on the reader's language or time zone. */
  localized?: boolean;
}

/**
 * The one key for caches, live groups and in-flight sharing. Two requests share an answer only if everything that can change the answer
 * is the same, the tenant and the effective permissions first.
 */
export function fingerprint(
  identity: Pick<Identity, 'tenantId' | 'permissions' | 'locale' | 'timeZone'>,
  parts: FingerprintParts,
): string {
  const text = canonicalJson([
    identity.tenantId,
    [...identity.permissions].sort(),
    parts.policies ?? [],
    parts.localized ? [identity.locale, identity.timeZone] : null,
    parts.operation,
    parts.variables ?? null,
    parts.dataVersion ?? null,
  ]);
  return createHash('sha256').update(text).digest('base64url');
}

/** JSON with sorted object keys, so that equal values have equal texts. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (inner === null || typeof inner !== 'object' || Array.isArray(inner)) return inner;
    const sorted = Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    return Object.fromEntries(sorted);
  });
}
