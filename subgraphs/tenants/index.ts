import { consumeEvents } from '../kernel/outbox/consume-events';
import type { SubgraphDefinition } from '../kernel/subgraph';
import { tenantEvents } from './consumers';
import { loadTenant } from './get-tenant';
import { createTenants } from './migrations/1764000000000-create-tenants';
import { createQuota } from './migrations/1764000000001-create-quota';
import { TenantEntity } from './tenant.entity';
import { TenantResolver, toTenant } from './tenant.resolver';

/** The registry of tenants, their settings and their limits. */
export const tenantsSubgraph: SubgraphDefinition = {
  name: 'tenants',
  entities: [TenantEntity],
  migrations: [createTenants, createQuota],
  graphql: {
    resolvers: [TenantResolver],
    references: {
      Tenant: async (reference, ctx) => {
        const tenant = await loadTenant(ctx, String(reference.id));
        return tenant && toTenant(tenant);
      },
    },
  },
  async start(runtime) {
    const consumer = await consumeEvents(runtime, 'tenants', tenantEvents);
    runtime.lifecycle.own('tenants events', () => consumer.stop());
  },
};
