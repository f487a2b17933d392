import type { EventHandlers } from '../kernel/outbox/consume-events';
import { recordAudit } from '../kernel/audit';
import { parseInput } from '../kernel/verb';
import { TENANT_REGISTERED, tenantRegistered } from './events';
import { provisionInput } from './inputs';
import { ensureTenant } from './provision-tenant';

/** Makes the tenant of every registration: the guarantee behind the quick way through `provisionTenant`. */
export const tenantEvents: EventHandlers = {
  [TENANT_REGISTERED]: async (ctx, event) => {
    const { name, locale } = tenantRegistered.parse(event.payload);
    // The event's own tenant, not what its payload may say: the transaction is in that tenant's wall.
    const { slug } = await ensureTenant(ctx, parseInput(provisionInput, { id: ctx.tenantId, name, locale }));
    await recordAudit(ctx.tx, ctx, ctx.tenantId, 'tenants.provision', {
      resource: { type: 'tenant', id: ctx.tenantId },
      details: { slug, event: event.id },
    });
  },
};
