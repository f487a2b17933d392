import type { Identity } from '../../subgraphs/kernel/context';
import { DomainError } from '../../subgraphs/kernel/errors';
import { anonymousIdentity, freezeIdentity, type IdentityVerifier } from '../../subgraphs/kernel/identity';
import { GATEWAY_AUDIENCE, SERVICE_SCHEME } from '../../subgraphs/kernel/supergraph/service-scheme';
import type { VerifyAccessToken } from './access-token';
import type { Revocations } from './revocations';

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
  /** Tells when the session behind this identity ends before its credential does; answers what stops the watching. */
  watch(identity: Identity, onEnded: () => void): () => void;
}

export interface AuthenticatorOptions {
  verify: VerifyAccessToken;
  revocations?: Revocations | undefined;
  /** Verifies what subgraphs ask on somebody's behalf; absent: they cannot. */
  services?: IdentityVerifier | undefined;
}

const BEARER = /^Bearer +([^\s]+)$/i;
const SERVICE = new RegExp(`^${SERVICE_SCHEME} +([^\\s]+)$`);

export function createAuthenticator({ verify, revocations, services }: AuthenticatorOptions): Authenticator {
  const sessionEnded = (): DomainError => new DomainError('UNAUTHENTICATED', 'This session has ended. Sign in again.');
  return {
    async authenticate(authorization, facts) {
      if (authorization === undefined || authorization === '') return anonymous(facts);
      const service = SERVICE.exec(authorization)?.[1];
      if (service && services) return serviceIdentity(await services.verify(service, GATEWAY_AUDIENCE));
      const token = BEARER.exec(authorization)?.[1];
      if (!token) throw new DomainError('UNAUTHENTICATED', 'Send the access token as "Authorization: Bearer <token>".');
      const claims = await verify(token);
      if (revocations?.isRevoked(claims.sid)) throw sessionEnded();
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
    watch({ actor }, onEnded) {
      if (!revocations || actor.kind !== 'user') return () => undefined;
      return revocations.onRevoked((sessionId) => {
        if (sessionId === actor.sessionId) onEnded();
      });
    },
  };
}

/** A subgraph may speak as itself on somebody's behalf, never as a user. */
function serviceIdentity(identity: Identity): Identity {
  if (identity.actor.kind === 'service') return identity;
  throw new DomainError('UNAUTHENTICATED', 'A service speaks as itself, on behalf of somebody.');
}

/** Everyone is anonymous: for a gateway without authentication. */
export const openAuthenticator: Authenticator = {
  authenticate: (_authorization, facts) => Promise.resolve(anonymous(facts)),
  watch: () => () => undefined,
};

const anonymous = ({ requestId, address, language }: RequestFacts): Identity =>
  anonymousIdentity(requestId, address, languageOf(language));

/** The first language of an `Accept-Language` header. */
function languageOf(header: string | undefined): string {
  return /^\s*([a-z]{2,3}(?:-[a-z0-9]{2,8})*)\s*(?:[,;]|$)/i.exec(header ?? '')?.[1] ?? 'en';
}
