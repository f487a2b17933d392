import type { EventHandlers } from '../kernel/outbox/consume-events';
import { TENANT_PROVISIONED, TENANT_UPDATED, tenantFacts } from './events';
import { WorkspaceEntity } from './workspace.entity';

const keepWorkspace: EventHandlers[string] = async (ctx, event) => {
  const facts = tenantFacts.parse(event.payload);
  await ctx.tx.getRepository(WorkspaceEntity).upsert({ tenantId: ctx.tenantId, ...facts }, ['tenantId']);
};

/** Keeps what auth needs to know of the tenants. */
export const authEvents: EventHandlers = { [TENANT_PROVISIONED]: keepWorkspace, [TENANT_UPDATED]: keepWorkspace };
