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

/**
 * Finds the key of a token in a cached key set. An unknown key id makes it look again, at most once in a cool-down, so that forged ids cannot
 * turn into a flood of fetches. While the source is down, known keys stay in use.
 */
export function cachedJwks({
  load,
  maxAgeMs = 600_000,
  coolDownMs = 10_000,
  now = Date.now,
}: JwksOptions): JWTVerifyGetKey {
  let keys: JWTVerifyGetKey | undefined;
  let loadedAt = -Infinity;
  let triedAt = -Infinity;
  let loading: Promise<void> | undefined;

  const refresh = (): Promise<void> => {
    triedAt = now();
    loading ??= load()
      .then((set) => {
        keys = createLocalJWKSet(set);
        loadedAt = now();
      })
      .finally(() => {
        loading = undefined;
      });
    return loading;
  };
  const mayTry = (): boolean => loading !== undefined || now() - triedAt >= coolDownMs;

  return async (header, token) => {
    if (!keys) {
      if (!mayTry()) throw unavailable();
      await refresh().catch((error: unknown) => {
        throw unavailable(error);
      });
    } else if (now() - loadedAt >= maxAgeMs && mayTry()) {
      await refresh().catch(() => undefined);
    }
    try {
      return await keys!(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || !mayTry()) throw error;
      await refresh().catch(() => undefined);
      return keys!(header, token);
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
