import { emitEvent } from '../../kernel/outbox/outbox';
import { defineVerb } from '../../kernel/verb';
import { DASHBOARD_DELETED } from '../events';
import { DashboardEntity } from './dashboard.entity';
import { deleteDashboardInput } from './dashboard.inputs';
import { dashboardForChange } from './dashboards-in-tenant';

/** Deletes a dashboard with its tiles. Throws NOT_FOUND, VERSION_CONFLICT. */
export const deleteDashboard = defineVerb({
  name: 'analytics.deleteDashboard',
  access: 'write:dashboards',
  input: deleteDashboardInput,
  async run(ctx, { id, version }) {
    const { name } = await dashboardForChange(ctx, id, version);
    await ctx.tx.getRepository(DashboardEntity).delete({ tenantId: ctx.tenantId, id });
    await emitEvent(ctx.tx, {
      tenantId: ctx.tenantId,
      key: id,
      type: DASHBOARD_DELETED,
      payload: { dashboardId: id },
    });
    return { id, name };
  },
  audit: ({ id }, { name }) => ({ resource: { type: 'dashboard', id }, details: { name } }),
});
