import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { DomainError } from '../../subgraphs/kernel/errors';

export interface JwksOptions {
  /** Fetches the present key set. */
  load(): Promise<JSONWebKeySet>;
  /** Milliseconds after which keys are fetched again; default 10 minutes. */
  maxAgeMs?: number;
  /** Milliseconds between two fetches for keys that are not known; default 10 s. */
  coolDownMs?: number;
  now?(): number;
}

const RETRY_MS = 1_000;

/**
 * Finds the key of a token in a cached key set. An unknown key id makes it look again, at most once in a cool-down, so that forged ids cannot
 * turn into a flood of fetches. While the source is down, known keys stay in use.
 */
export function cachedJwks(options: JwksOptions): JWTVerifyGetKey {
  const { load, maxAgeMs = 600_000, coolDownMs = 10_000, now = Date.now } = options;
  let keys: JWTVerifyGetKey | undefined;
  let renewAt = -Infinity;
  let askAgainAt = -Infinity;
  let loading: Promise<void> | undefined;

  const refresh = (): Promise<void> => {
    loading ??= load()
      .then(
        (set) => {
          keys = createLocalJWKSet(set);
          renewAt = now() + maxAgeMs;
        },
        (error: unknown) => {
          renewAt = now() + RETRY_MS;
          throw unavailable(error);
        },
      )
      .finally(() => {
        loading = undefined;
      });
    return loading;
  };

  return async (header, token) => {
    if (loading || now() >= renewAt) {
      const refreshed = refresh();
      // Known keys do for now.
      if (keys) refreshed.catch(() => undefined);
      else await refreshed;
    }
    if (!keys) throw unavailable();
    try {
      return await keys(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || (!loading && now() < askAgainAt)) throw error;
      askAgainAt = now() + coolDownMs;
      await refresh().catch(() => undefined);
      return keys(header, token);
    }
  };
}

const unavailable = (cause?: unknown): DomainError =>
  new DomainError(
    'UNAVAILABLE',
    'Signing in cannot be checked now. Try again in a moment.',
    { retryAfterSeconds: 5 },
    { cause },
  );
