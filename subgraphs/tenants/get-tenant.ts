import { z } from 'zod';
import type { Ctx, TxCtx } from '../kernel/context';
import { notFound } from '../kernel/errors';
import { defineQuery } from '../kernel/verb';
import { TenantEntity } from './tenant.entity';

/** The tenant of the transaction; NOT_FOUND while it has not been made. */
export async function getTenant(ctx: TxCtx): Promise<TenantEntity> {
  const tenant = await ctx.tx.getRepository(TenantEntity).findOneBy({ id: ctx.tenantId });
  if (!tenant) throw notFound('workspace', ctx.tenantId);
  return tenant;
}

/** The context's tenant; null while a registration has not reached this subgraph yet. */
export const currentTenant = defineQuery({
  name: 'tenants.current',
  access: 'authenticated',
  input: z.object({}),
  run: (ctx) => ctx.tx.getRepository(TenantEntity).findOneBy({ id: ctx.tenantId }),
});

/** The tenant with this id if it is the context's own; null for every other, whether it exists or not. One query a request. */
export async function loadTenant(ctx: Ctx, id: string): Promise<TenantEntity | null> {
  if (ctx.tenantId === null || id.toLowerCase() !== ctx.tenantId) return null;
  const loader = ctx.loaders.get<TenantEntity>('tenants.tenant', async () => {
    const tenant = await currentTenant(ctx, {});
    return new Map(tenant ? [[tenant.id, tenant]] : []);
  });
  return loader.load(ctx.tenantId);
}
