import { z } from 'zod';
import type { TenantEntity } from './tenant.entity';

/** Of auth: somebody has registered, and this tenant shall come to be. */
export const TENANT_REGISTERED = 'auth.tenant_registered';
export const tenantRegistered = z.object({
  tenantId: z.uuid(),
  name: z.string(),
  locale: z.string().nullish(),
  ownerId: z.uuid(),
});

/** A tenant has come to be, or its settings have changed. Both carry the whole of what others keep of it. */
export const TENANT_PROVISIONED = 'tenants.tenant_provisioned';
export const TENANT_UPDATED = 'tenants.tenant_updated';
export interface TenantFacts {
  tenantId: string;
  name: string;
  slug: string;
  isolation: string;
  status: string;
  locale: string;
  timeZone: string;
  weekStart: string;
  theme: string;
}

export const factsOf = ({ id, createdAt: _c, updatedAt: _u, ...facts }: TenantEntity): TenantFacts => ({
  tenantId: id,
  ...facts,
});
