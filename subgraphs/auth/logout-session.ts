import { z } from 'zod';
import type { Ctx } from '../kernel/context';
import { DomainError } from '../kernel/errors';
import { defineVerb } from '../kernel/verb';
import { announceRevocation, revokeSession } from './revoke-session';

/** Ends the session of the one who asks: its refresh tokens at once, its streams within seconds. Repeating it does no harm. */
export async function logoutSession(ctx: Ctx): Promise<void> {
  const session = await endSession(ctx, {});
  await announceRevocation(ctx, session);
}

const endSession = defineVerb({
  name: 'auth.logout',
  access: 'authenticated',
  input: z.object({}),
  async run(ctx) {
    const { actor, tenantId } = ctx;
    if (actor.kind !== 'user') throw new DomainError('FORBIDDEN', 'Only somebody who signed in can sign out.');
    const session = { tenantId, sessionId: actor.sessionId, userId: actor.userId };
    await revokeSession(ctx.tx, ctx, session, 'logout');
    return session;
  },
  audit: (_input, { sessionId }) => ({ resource: { type: 'session', id: sessionId } }),
});
