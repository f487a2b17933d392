import { actorId } from '../kernel/context';
import { createCursors, pageInput, toConnection } from '../kernel/graphql/connection';
import { defineQuery } from '../kernel/verb';
import { membersQuery, toUserView } from './members';

const LIST = 'users';

/** A page of the tenant's members, oldest first. */
export const listUsers = defineQuery({
  name: 'auth.users',
  access: 'read:users',
  input: pageInput,
  async run(ctx, page) {
    const cursors = createCursors(ctx.stores.secrets);
    const query = membersQuery(ctx.tx)
      .where('member.tenantId = :tenantId', { tenantId: ctx.tenantId })
      .orderBy('member.userId')
      .limit(page.first + 1);
    if (page.after) {
      query.andWhere('member.userId > :after', { after: cursors.decode(ctx.tenantId, LIST, page.after) });
    }
    const self = actorId(ctx.actor);
    return toConnection(
      await query.getMany(),
      page,
      (member) => cursors.encode(ctx.tenantId, LIST, member.userId),
      (member) => toUserView(member, member.userId === self),
    );
  },
});
