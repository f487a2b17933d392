import { actorId, type Ctx } from '../kernel/context';
import { MembershipEntity } from './membership.entity';
import { WorkspaceEntity } from './workspace.entity';

export interface MembershipView {
  tenantId: string;
  /** Null until the tenant has been named. */
  tenantName: string | null;
  roles: string[];
}

/**
 * Every tenant this identity belongs to, oldest first. Across tenants, so for oneself only: the caller makes sure that `userId` has
 * proven who it is, here or by having just signed in.
 */
export async function membershipsOf(ctx: Ctx, userId: string): Promise<MembershipView[]> {
  const signedIn = actorId(ctx.actor);
  if (signedIn !== null && signedIn !== userId) return [];
  return ctx.stores.database.control(async (tx) => {
    const rows = await tx
      .getRepository(MembershipEntity)
      .createQueryBuilder('member')
      .leftJoin(WorkspaceEntity, 'workspace', 'workspace.tenantId = member.tenantId')
      .where('member.userId = :userId', { userId })
      .orderBy('member.createdAt')
      .addOrderBy('member.tenantId')
      .select(['member.tenantId as "tenantId"', 'workspace.name as "tenantName"', 'member.roles as "roles"'])
      .getRawMany<MembershipView>();
    return rows;
  });
}
