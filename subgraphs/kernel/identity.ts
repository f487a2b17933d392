import {
  generateKeyPair,
  importPKCS8,
  importSPKI,
  exportPKCS8,
  exportSPKI,
  jwtVerify,
  SignJWT,
  type CryptoKey,
} from 'jose';
import { DomainError } from './errors';
import type { Actor, Identity } from './context';
import { TENANT_PERMISSIONS } from './permissions';

const ISSUER = 'datairis-gateway';
const ALGORITHM = 'EdDSA';
const LIFETIME_SECONDS = 60;

/** Held by the gateway: turns a verified client identity into a token for one subgraph. */
export interface IdentitySigner {
  /** Valid for 60 s and for this subgraph only. */
  sign(identity: Identity, audience: string): Promise<string>;
}

/** Held by a subgraph: trusts nothing but the gateway's signature. */
export interface IdentityVerifier {
  /** Throws UNAUTHENTICATED for anything but a valid, unexpired token for this audience. The result is frozen. */
  verify(token: string, audience: string): Promise<Identity>;
}

export interface InternalKeys {
  privateKey: CryptoKey;
  publicKey: CryptoKey;
}

export const generateInternalKeys = (): Promise<InternalKeys> => generateKeyPair(ALGORITHM, { extractable: true });

/** PEM texts for handing the pair to other processes: the private half to the gateway alone. */
export async function exportInternalKeys(keys: InternalKeys): Promise<{ privatePem: string; publicPem: string }> {
  return { privatePem: await exportPKCS8(keys.privateKey), publicPem: await exportSPKI(keys.publicKey) };
}

export const importPrivateKey = (pem: string): Promise<CryptoKey> => importPKCS8(pem, ALGORITHM);
export const importPublicKey = (pem: string): Promise<CryptoKey> => importSPKI(pem, ALGORITHM);

export function createIdentitySigner(privateKey: CryptoKey): IdentitySigner {
  return {
    sign: (identity, audience) =>
      new SignJWT({ identity })
        .setProtectedHeader({ alg: ALGORITHM })
        .setIssuer(ISSUER)
        .setAudience(audience)
        .setIssuedAt()
        .setExpirationTime(`${LIFETIME_SECONDS}s`)
        .sign(privateKey),
  };
}

export function createIdentityVerifier(publicKey: CryptoKey): IdentityVerifier {
  return {
    async verify(token, audience) {
      try {
        const { payload } = await jwtVerify(token, publicKey, { issuer: ISSUER, audience, algorithms: [ALGORITHM] });
        return freezeIdentity(payload.identity as Identity);
      } catch (error) {
        throw new DomainError('UNAUTHENTICATED', 'This service answers the gateway only.', {}, { cause: error });
      }
    },
  };
}

/** A frozen copy: what is passed in process cannot be changed on the way, just as a signed token cannot. */
export function freezeIdentity(identity: Identity): Identity {
  return Object.freeze({
    ...identity,
    actor: Object.freeze({ ...identity.actor }) as Actor,
    permissions: Object.freeze([...identity.permissions]),
  });
}

/** The identity of a request that brought no credential. */
export const anonymousIdentity = (requestId: string, address: string | null, locale = 'en'): Identity =>
  freezeIdentity({
    tenantId: null,
    actor: { kind: 'anonymous' },
    permissions: [],
    requestId,
    address,
    locale,
    timeZone: 'UTC',
    expiresAt: null,
  });

/** A subgraph acting by itself for a tenant, with all of the tenant's permissions and none of the platform's. */
export const serviceIdentity = (service: string, tenantId: string, requestId: string): Identity =>
  freezeIdentity({
    tenantId,
    actor: { kind: 'service', service, onBehalfOf: { kind: 'anonymous' } },
    permissions: TENANT_PERMISSIONS,
    requestId,
    address: null,
    locale: 'en',
    timeZone: 'UTC',
    expiresAt: null,
  });
