import type { EntityManager } from 'typeorm';
import type { Ctx } from '../kernel/context';
import { emitEvent } from '../kernel/outbox/outbox';
import {
  REVOCATIONS,
  SESSION_REVOKED,
  SESSION_REVOKED_TOPIC,
  type RevocationSignal,
  type SessionRevoked,
} from './events';
import { ACCESS_TOKEN_SECONDS } from './tokens';

export interface SessionRef {
  tenantId: string;
  sessionId: string;
  userId: string;
}

/** Ends a session in the caller's transaction: none of its refresh tokens works any more. Answers false when it had ended before. */
export async function revokeSession(
  tx: EntityManager,
  ctx: Ctx,
  session: SessionRef,
  reason: SessionRevoked['reason'],
): Promise<boolean> {
  const now = ctx.clock.now();
  const [, affected] = (await tx.query(
    `update sessions set revoked_at = $4, revoked_reason = $5
     where tenant_id = $1 and id = $2 and user_id = $3 and revoked_at is null`,
    [session.tenantId, session.sessionId, session.userId, now, reason],
  )) as [unknown, number];
  if (affected === 0) return false;
  const payload: SessionRevoked = {
    ...session,
    reason,
    accessTokensEndAt: lastTokenEnd(ctx).toISOString(),
  };
  await emitEvent(tx, { tenantId: session.tenantId, key: session.sessionId, type: SESSION_REVOKED, payload });
  return true;
}

/** Tells every process at once, when the transaction has committed. The table and the domain event are the guarantee; this is the speed. */
export async function announceRevocation(ctx: Ctx, { tenantId, sessionId }: SessionRef): Promise<void> {
  const { pubsub } = ctx.stores;
  const signal: RevocationSignal = { sessionId, accessTokensEndAt: lastTokenEnd(ctx).toISOString() };
  try {
    await pubsub.publish(REVOCATIONS, signal);
    await pubsub.publish({ tenantId, topic: SESSION_REVOKED_TOPIC }, signal);
  } catch (error) {
    ctx.log.warn({ err: error, session: sessionId }, 'revocation was not signalled; others find it within seconds');
  }
}

const lastTokenEnd = (ctx: Ctx): Date => new Date(ctx.clock.now().getTime() + ACCESS_TOKEN_SECONDS * 1_000);
