import { emitEvent } from '../kernel/outbox/outbox';
import { defineVerb } from '../kernel/verb';
import { factsOf, TENANT_UPDATED } from './events';
import { getTenant } from './get-tenant';
import { updateSettingsInput } from './inputs';
import { TenantEntity } from './tenant.entity';

/** Changes the tenant's name and settings; the slug stays, since addresses hold it. */
export const updateTenantSettings = defineVerb({
  name: 'tenants.update_settings',
  access: 'write:tenant',
  input: updateSettingsInput,
  async run(ctx, input) {
    const tenant = await getTenant(ctx);
    const given = Object.entries(input).filter(([, value]) => value != null);
    const changed = Object.fromEntries(given.filter(([key, value]) => tenant[key as keyof TenantEntity] !== value));
    const names = Object.keys(changed).sort();
    if (names.length === 0) return { tenant, names };
    const tenants = ctx.tx.getRepository(TenantEntity);
    await tenants.update({ id: ctx.tenantId }, { ...changed, updatedAt: ctx.clock.now() });
    const after = await getTenant(ctx);
    const payload = factsOf(after);
    await emitEvent(ctx.tx, { tenantId: ctx.tenantId, key: ctx.tenantId, type: TENANT_UPDATED, payload });
    return { tenant: after, names };
  },
  audit: (_input, { tenant, names }) => ({ resource: { type: 'tenant', id: tenant.id }, details: { changed: names } }),
});
