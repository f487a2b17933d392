import { errors, jwtVerify, type JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import { DomainError } from '../../subgraphs/kernel/errors';
import { LruCache } from '../cache/lru';

const claimsSchema = z.object({
  sub: z.string().min(1),
  tenant_id: z.string().nullish(),
  permissions: z.array(z.string()).default([]),
  roles: z.array(z.string()).default([]),
  sid: z.string().min(1),
  jti: z.string().optional(),
  iat: z.number(),
  exp: z.number(),
  locale: z.string().optional(),
  time_zone: z.string().optional(),
});

export type AccessTokenClaims = z.output<typeof claimsSchema>;

/** Throws UNAUTHENTICATED or TOKEN_EXPIRED; UNAVAILABLE when the keys cannot be had. */
export type VerifyAccessToken = (token: string) => Promise<AccessTokenClaims>;

export interface AccessTokenOptions {
  keys: JWTVerifyGetKey;
  /** Default `datairis`. */
  issuer?: string;
  /** Default `datairis`. */
  audience?: string;
  now?(): number;
}

const CACHED_TOKENS = 10_000;
const ALGORITHMS = ['RS256'];

/** Verifies RS256 access tokens; a token that was verified once is not verified again until it expires. */
export function createAccessTokenVerifier(options: AccessTokenOptions): VerifyAccessToken {
  const { keys, issuer = 'datairis', audience = 'datairis', now = Date.now } = options;
  const verified = new LruCache<string, AccessTokenClaims>(CACHED_TOKENS);
  return async (token) => {
    const known = verified.get(token);
    if (known) {
      if (known.exp * 1_000 > now()) return known;
      verified.delete(token);
      throw expired();
    }
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer,
        audience,
        algorithms: ALGORITHMS,
        requiredClaims: ['exp'],
        currentDate: new Date(now()),
      });
      const claims = claimsSchema.parse(payload);
      verified.set(token, claims);
      return claims;
    } catch (error) {
      if (error instanceof DomainError) throw error;
      if (error instanceof errors.JWTExpired) throw expired();
      throw new DomainError('UNAUTHENTICATED', 'The access token is not valid. Sign in again.', {}, { cause: error });
    }
  };
}

const expired = (): DomainError =>
  new DomainError('TOKEN_EXPIRED', 'The access token has expired. Refresh it and send the request again.');
