import type { z } from 'zod';
import type { Ctx } from '../kernel/context';
import { DomainError, notFound } from '../kernel/errors';
import { defineControlVerb } from '../kernel/verb';
import { switchTenantInput } from './inputs';
import { findMembership } from './members';
import { completeSession, openSession, type AuthSessionView } from './open-session';
import { SessionEntity } from './session.entity';

/**
 * Exchanges the present session for one in another tenant of the same identity. The present one stays, so that two windows can be in
 * two tenants.
 */
export async function switchTenant(ctx: Ctx, input: z.input<typeof switchTenantInput>): Promise<AuthSessionView> {
  return completeSession(ctx, await exchange(ctx, input));
}

const exchange = defineControlVerb({
  name: 'auth.switch_tenant',
  access: 'authenticated',
  input: switchTenantInput,
  async run(ctx, { tenantId }) {
    const { actor, tx } = ctx;
    if (actor.kind !== 'user' || ctx.tenantId === null) {
      throw new DomainError('FORBIDDEN', 'Only somebody who signed in can change the workspace.');
    }
    // An access token outlives its session by some minutes; it must not open a new one then.
    const present = await tx
      .getRepository(SessionEntity)
      .findOneBy({ tenantId: ctx.tenantId, id: actor.sessionId, userId: actor.userId });
    if (!present || present.revokedAt) throw new DomainError('UNAUTHENTICATED', 'You have signed out. Sign in again.');
    const membership = await findMembership(tx, actor.userId, tenantId);
    if (!membership) throw notFound('workspace', tenantId);
    return openSession(tx, ctx, membership);
  },
  audit: ({ tenantId }, { user, sessionId }) => ({
    tenantId,
    resource: { type: 'user', id: user.id },
    details: { sessionId },
  }),
});
