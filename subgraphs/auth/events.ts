import { z } from 'zod';

/** Somebody has registered: a tenant shall come to be. Followed by the tenants subgraph. */
export const TENANT_REGISTERED = 'auth.tenant_registered';
export interface TenantRegistered {
  tenantId: string;
  name: string;
  locale: string | null;
  ownerId: string;
}

/** A session has ended before its time. Its access tokens are to be refused until they have ended by themselves. */
export const SESSION_REVOKED = 'auth.session_revoked';
export interface SessionRevoked {
  tenantId: string;
  sessionId: string;
  userId: string;
  reason: 'logout' | 'reuse' | 'membership';
  /** ISO time. */
  accessTokensEndAt: string;
}

/** The same as a signal: on the tenant's channel for whoever serves one tenant, on the platform's for whoever checks tokens. */
export const SESSION_REVOKED_TOPIC = 'session.revoked';
export const REVOCATIONS = { tenantId: null, topic: SESSION_REVOKED_TOPIC } as const;
export type RevocationSignal = Pick<SessionRevoked, 'sessionId' | 'accessTokensEndAt'>;

/** What auth reads of the events of the tenants subgraph. */
export const TENANT_PROVISIONED = 'tenants.tenant_provisioned';
export const TENANT_UPDATED = 'tenants.tenant_updated';
export const tenantFacts = z.object({ name: z.string(), locale: z.string(), timeZone: z.string() });
