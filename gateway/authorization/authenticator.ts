import type { Identity } from '../../subgraphs/kernel/context';
import { DomainError } from '../../subgraphs/kernel/errors';
import { anonymousIdentity, freezeIdentity } from '../../subgraphs/kernel/identity';
import type { AccessTokenClaims, VerifyAccessToken } from './access-token';

/** What is known of a request beside its credential. */
export interface RequestFacts {
  requestId: string;
  address: string | null;
  /** The client's `Accept-Language`. */
  language?: string | undefined;
}

/** Turns an `Authorization` value into an identity. A credential that is not right is refused, never taken for anonymous. */
export interface Authenticator {
  /** Throws UNAUTHENTICATED or TOKEN_EXPIRED. */
  authenticate(authorization: string | undefined, facts: RequestFacts): Promise<Identity>;
}

const BEARER = /^Bearer +([^\s]+)$/i;

/** @param isRevoked whether the session of these claims has ended before its time. */
export function createAuthenticator(
  verify: VerifyAccessToken,
  isRevoked: (claims: AccessTokenClaims) => boolean = () => false,
): Authenticator {
  return {
    async authenticate(authorization, facts) {
      if (authorization === undefined || authorization === '') return anonymous(facts);
      const token = BEARER.exec(authorization)?.[1];
      if (!token) throw new DomainError('UNAUTHENTICATED', 'Send the access token as "Authorization: Bearer <token>".');
      const claims = await verify(token);
      if (isRevoked(claims)) throw new DomainError('UNAUTHENTICATED', 'This session has ended. Sign in again.');
      return freezeIdentity({
        tenantId: claims.tenant_id ?? null,
        actor: { kind: 'user', userId: claims.sub, sessionId: claims.sid },
        permissions: claims.permissions,
        requestId: facts.requestId,
        address: facts.address,
        locale: claims.locale ?? languageOf(facts.language),
        timeZone: claims.time_zone ?? 'UTC',
        expiresAt: claims.exp,
      });
    },
  };
}

/** Everyone is anonymous: for a gateway without authentication. */
export const openAuthenticator: Authenticator = {
  authenticate: (_authorization, facts) => Promise.resolve(anonymous(facts)),
};

const anonymous = ({ requestId, address, language }: RequestFacts): Identity =>
  anonymousIdentity(requestId, address, languageOf(language));

/** The first language of an `Accept-Language` header. */
function languageOf(header: string | undefined): string {
  return /^\s*([a-z]{2,3}(?:-[a-z0-9]{2,8})*)\s*(?:[,;]|$)/i.exec(header ?? '')?.[1] ?? 'en';
}
