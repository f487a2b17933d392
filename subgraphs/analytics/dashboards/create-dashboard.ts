import { newId } from '../../kernel/ids';
import { defineVerb } from '../../kernel/verb';
import { DashboardEntity } from './dashboard.entity';
import { createDashboardInput } from './dashboard.inputs';
import { ownerOf, saveChange } from './dashboards-in-tenant';

/** Makes an empty dashboard that belongs to the caller. */
export const createDashboard = defineVerb({
  name: 'analytics.createDashboard',
  access: 'write:dashboards',
  input: createDashboardInput,
  run(ctx, { name, description }) {
    const now = ctx.clock.now();
    const dashboard = Object.assign(new DashboardEntity(), {
      tenantId: ctx.tenantId,
      id: newId(),
      name,
      description: description || null,
      ownerId: ownerOf(ctx.actor),
      version: 0,
      createdAt: now,
      updatedAt: now,
    });
    return saveChange(ctx, dashboard);
  },
  audit: ({ name }, { id }) => ({ resource: { type: 'dashboard', id }, details: { name } }),
});
