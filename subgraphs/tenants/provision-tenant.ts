import type { z } from 'zod';
import type { Ctx, TxCtx } from '../kernel/context';
import { emitEvent } from '../kernel/outbox/outbox';
import { authorize, defineVerb, parseInput } from '../kernel/verb';
import { factsOf, TENANT_PROVISIONED } from './events';
import { getTenant } from './get-tenant';
import { DEFAULT_LOCALE, provisionInput } from './inputs';
import { setDefaultLimits } from './limits';
import { slugCandidates } from './slug';
import { TenantEntity } from './tenant.entity';

const ACCESS = 'platform:tenants';

/** Makes the tenant with this id, or answers the one that is there; for services and the installation's operator. */
export async function provisionTenant(ctx: Ctx, raw: z.input<typeof provisionInput>): Promise<TenantEntity> {
  authorize(ctx, ACCESS);
  const { id } = parseInput(provisionInput, raw);
  // The platform acts inside the new tenant's wall, whichever tenant it comes from.
  return provisionOwn({ ...ctx, tenantId: id }, raw);
}

const provisionOwn = defineVerb({
  name: 'tenants.provision',
  access: ACCESS,
  input: provisionInput,
  run: ensureTenant,
  audit: ({ id }, { slug }) => ({ resource: { type: 'tenant', id }, details: { slug } }),
});

/** The tenant of the transaction, made now if it is not there. Repeating it changes nothing. */
export async function ensureTenant(ctx: TxCtx, input: z.output<typeof provisionInput>): Promise<TenantEntity> {
  const { tx, tenantId } = ctx;
  const now = ctx.clock.now();
  const tenants = tx.getRepository(TenantEntity);
  const draft = {
    id: tenantId,
    name: input.name,
    isolation: 'row',
    status: 'active',
    locale: input.locale ?? DEFAULT_LOCALE,
    timeZone: 'UTC',
    weekStart: 'monday',
    theme: 'system',
    createdAt: now,
    updatedAt: now,
  } as const;
  for (const slug of slugCandidates(input.name, tenantId)) {
    const existing = await tenants.findOneBy({ id: tenantId });
    if (existing) return existing;
    const insert = tx
      .createQueryBuilder()
      .insert()
      .into(TenantEntity)
      .values({ ...draft, slug });
    const inserted = await insert.orIgnore().returning('tenant_id').execute();
    if ((inserted.raw as unknown[]).length === 0) continue; // the slug is taken, or somebody made the tenant just now
    await setDefaultLimits(ctx);
    const tenant = await getTenant(ctx);
    await emitEvent(tx, { tenantId, key: tenantId, type: TENANT_PROVISIONED, payload: factsOf(tenant) });
    return tenant;
  }
  return getTenant(ctx);
}
