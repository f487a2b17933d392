import type { EntityManager, SelectQueryBuilder } from 'typeorm';
import { actorId, type Ctx } from '../kernel/context';
import { isId } from '../kernel/ids';
import { MembershipEntity } from './membership.entity';

/** A user as a member of one tenant. */
export interface UserView {
  id: string;
  tenantId: string;
  email: string;
  displayName: string;
  locale: string | null;
  timeZone: string | null;
  roleNames: string[];
  createdAt: Date;
  /** Is it the one who asks? Then everything about it may be told. */
  self: boolean;
}

export function toUserView(membership: MembershipEntity, self: boolean): UserView {
  const { id, email, displayName, locale, timeZone, createdAt } = membership.identity;
  const { tenantId, roles } = membership;
  return { id, tenantId, email, displayName, locale, timeZone, roleNames: roles, createdAt, self };
}

/** Memberships with their identities: in a tenant's transaction its own, in one of the control plane everybody's. */
export const membersQuery = (tx: EntityManager): SelectQueryBuilder<MembershipEntity> =>
  tx.getRepository(MembershipEntity).createQueryBuilder('member').innerJoinAndSelect('member.identity', 'identity');

/**
 * The membership of an identity in `tenantId`, or its oldest when none is named; null when there is none.
 *
 * @param tx a transaction of the control plane.
 */
export function findMembership(
  tx: EntityManager,
  userId: string,
  tenantId?: string | null,
): Promise<MembershipEntity | null> {
  const query = membersQuery(tx).where('member.userId = :userId', { userId });
  if (tenantId) query.andWhere('member.tenantId = :tenantId', { tenantId });
  return query.orderBy('member.createdAt').addOrderBy('member.tenantId').limit(1).getOne();
}

/** A member of the context's tenant; null for everybody else, whether they exist or not. Batched over the request. */
export async function loadMember(ctx: Ctx, id: string): Promise<UserView | null> {
  if (ctx.tenantId === null || !isId(id)) return null;
  const loader = ctx.loaders.get<UserView>('auth.member', (ids) =>
    ctx.stores.database.withTenant(ctx, async (tx) => {
      const members = await membersQuery(tx).where('member.userId in (:...ids)', { ids }).getMany();
      const self = actorId(ctx.actor);
      return new Map(members.map((member) => [member.userId, toUserView(member, member.userId === self)]));
    }),
  );
  return loader.load(id.toLowerCase());
}
