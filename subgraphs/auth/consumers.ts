import type { EventHandlers } from '../kernel/outbox/consume-events';
import { TENANT_PROVISIONED, TENANT_UPDATED, tenantNamed } from './events';
import { WorkspaceEntity } from './workspace.entity';

const nameWorkspace: EventHandlers[string] = async (ctx, event) => {
  const { name } = tenantNamed.parse(event.payload);
  await ctx.tx.getRepository(WorkspaceEntity).upsert({ tenantId: ctx.tenantId, name }, ['tenantId']);
};

/** Keeps the names of the tenants for whoever chooses a workspace. */
export const authEvents: EventHandlers = { [TENANT_PROVISIONED]: nameWorkspace, [TENANT_UPDATED]: nameWorkspace };
