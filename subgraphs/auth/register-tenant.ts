import type { EntityManager } from 'typeorm';
import type { Ctx } from '../kernel/context';
import { freezeIdentity, serviceIdentity } from '../kernel/identity';
import { emitEvent } from '../kernel/outbox/outbox';
import { TENANT_REGISTERED, type TenantRegistered } from './events';
import { MembershipEntity } from './membership.entity';
import { WorkspaceEntity } from './workspace.entity';

const TIMEOUT_MS = 3_000;

export interface NewTenant {
  tenantId: string;
  name: string;
  locale: string | null;
  ownerId: string;
  ownerRoles: string[];
}

/** Makes the owner's membership and announces the tenant, in the caller's transaction of the control plane. */
export async function registerTenant(tx: EntityManager, ctx: Ctx, tenant: NewTenant): Promise<void> {
  const { tenantId, name, locale, ownerId, ownerRoles } = tenant;
  const createdAt = ctx.clock.now();
  await tx.getRepository(MembershipEntity).insert({ tenantId, userId: ownerId, roles: ownerRoles, createdAt });
  await tx.createQueryBuilder().insert().into(WorkspaceEntity).values({ tenantId, name }).orIgnore().execute();
  const payload: TenantRegistered = { tenantId, name, locale, ownerId };
  await emitEvent(tx, { tenantId, key: tenantId, type: TENANT_REGISTERED, payload });
}

/**
 * Asks the tenants subgraph to make the tenant now, so that the newcomer's first page finds it. Best effort: whatever happens here, the
 * event makes it a moment later.
 */
export async function provisionTenantSoon(ctx: Ctx, tenant: Pick<NewTenant, 'tenantId' | 'name' | 'locale'>) {
  const operation = `mutation ProvisionTenant($input: ProvisionTenantInput!) {
    provisionTenant(input: $input) { tenant { id } userErrors { code message } }
  }`;
  const identity = freezeIdentity({
    ...serviceIdentity('auth', tenant.tenantId, ctx.requestId),
    permissions: ['platform:tenants'],
  });
  const { tenantId: id, name, locale } = tenant;
  try {
    const signal = AbortSignal.any([ctx.signal, AbortSignal.timeout(TIMEOUT_MS)]);
    const result = await ctx.stores.supergraph.execute(operation, { input: { id, name, locale } }, identity, signal);
    if (result.errors?.length) throw new Error(result.errors[0]!.message);
  } catch (error) {
    ctx.log.warn({ err: error, tenant_id: id }, 'the tenant was not made at once; it follows by event');
  }
}
