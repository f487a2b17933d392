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

/** The same as a signal `{sessionId}` on the tenant's channel. */
export const SESSION_REVOKED_TOPIC = 'session.revoked';

/** What auth reads of the events of the tenants subgraph: the name. */
export const TENANT_PROVISIONED = 'tenants.tenant_provisioned';
export const TENANT_UPDATED = 'tenants.tenant_updated';
export const tenantNamed = z.object({ tenantId: z.uuid(), name: z.string() });
