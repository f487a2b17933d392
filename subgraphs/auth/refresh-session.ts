import type { EntityManager } from 'typeorm';
import { z } from 'zod';
import { recordAudit } from '../kernel/audit';
import type { Ctx } from '../kernel/context';
import { DomainError } from '../kernel/errors';
import { defineControlVerb, parseInput } from '../kernel/verb';
import { refreshInput } from './inputs';
import { findMembership } from './members';
import {
  completeSession,
  describeSession,
  issueRefreshToken,
  refreshExpiry,
  type AuthSessionView,
  type OpenedSession,
} from './open-session';
import { announceRevocation, revokeSession, type SessionRef } from './revoke-session';
import { RefreshTokenEntity, SessionEntity } from './session.entity';
import { refreshTokenHash } from './tokens';

/**
 * Exchanges a refresh token for the next one and a new access token. A token that comes again was copied: its whole family ends
 * (REFRESH_TOKEN_REUSED). Only of two requests that were on their way at the same time the later is answered CONFLICT and harms nobody;
 * it gets no token, so a thief gains nothing by being quick.
 */
export async function refreshSession(ctx: Ctx, raw: z.input<typeof refreshInput>): Promise<AuthSessionView> {
  const arrivedAt = ctx.clock.now();
  const { refreshToken } = parseInput(refreshInput, raw);
  const outcome = await rotate(ctx, { tokenHash: refreshTokenHash(refreshToken), arrivedAt });
  if (outcome.revoked) await announceRevocation(ctx, outcome.session);
  if (outcome.error) throw outcome.error;
  return completeSession(ctx, outcome.opened!);
}

interface RefreshOutcome {
  session: SessionRef;
  opened?: OpenedSession;
  /** Thrown after the commit, so that what was ended stays ended. */
  error?: DomainError;
  revoked?: boolean;
}

interface TokenRow {
  tenantId: string;
  sessionId: string;
  userId: string;
  expiresAt: Date;
  usedAt: Date | null;
  revokedAt: Date | null;
}

const rotate = defineControlVerb({
  name: 'auth.refresh',
  access: 'public',
  input: z.object({ tokenHash: z.string(), arrivedAt: z.date() }),
  async run(ctx, { tokenHash, arrivedAt }): Promise<RefreshOutcome> {
    const { tx } = ctx;
    const [token] = (await tx.query(
      `select t.tenant_id as "tenantId", t.session_id as "sessionId", s.user_id as "userId",
         t.expires_at as "expiresAt", t.used_at as "usedAt", s.revoked_at as "revokedAt"
       from refresh_tokens t join sessions s on s.tenant_id = t.tenant_id and s.id = t.session_id
       where t.token_hash = $1 for update`,
      [tokenHash],
    )) as TokenRow[];
    if (!token) throw ended();
    const session = { tenantId: token.tenantId, sessionId: token.sessionId, userId: token.userId };
    if (token.revokedAt) return { session, error: ended() };
    if (token.usedAt) return replayed(ctx, session, arrivedAt, token.usedAt);
    if (token.expiresAt <= ctx.clock.now()) return { session, error: expired() };

    const membership = await findMembership(tx, token.userId, token.tenantId);
    if (!membership) {
      return { session, error: ended(), revoked: await revokeSession(tx, ctx, session, 'membership') };
    }
    const now = ctx.clock.now();
    const key = { tenantId: token.tenantId, tokenHash };
    const refreshToken = await issueRefreshToken(tx, token.tenantId, token.sessionId, now);
    const expiresAt = refreshExpiry(now);
    const family = { tenantId: token.tenantId, id: token.sessionId };
    await tx.getRepository(SessionEntity).update(family, { lastUsedAt: now, expiresAt });
    const tokens = { sessionId: token.sessionId, refreshToken, refreshTokenExpiresAt: expiresAt };
    const opened = await describeSession(tx, membership, tokens);
    // Last, so that the time is later than the arrival of whatever came meanwhile and waits for this row.
    await tx.getRepository(RefreshTokenEntity).update(key, { usedAt: ctx.clock.now() });
    return { session, opened };
  },
  audit: (_input, { session, error }) => ({
    tenantId: session.tenantId,
    resource: { type: 'session', id: session.sessionId },
    result: error ? 'failure' : 'success',
    details: error ? { code: error.code } : {},
  }),
});

async function replayed(
  ctx: Ctx & { readonly tx: EntityManager },
  session: SessionRef,
  arrivedAt: Date,
  usedAt: Date,
): Promise<RefreshOutcome> {
  // It set out before the answer to the other one could have been read: the same client asked twice.
  if (arrivedAt < usedAt) {
    const message = 'Another window has just renewed this sign-in. Use the token it got.';
    return { session, error: new DomainError('CONFLICT', message, { retryAfterSeconds: 1 }) };
  }
  const revoked = await revokeSession(ctx.tx, ctx, session, 'reuse');
  await recordAudit(ctx.tx, ctx, session.tenantId, 'security.refresh_token_reused', {
    resource: { type: 'session', id: session.sessionId },
    result: 'failure',
    details: { userId: session.userId },
  });
  const message = 'This sign-in was used a second time, so it has been ended to be safe. Sign in again.';
  return { session, revoked, error: new DomainError('REFRESH_TOKEN_REUSED', message) };
}

const ended = () => new DomainError('INVALID_CREDENTIALS', 'This sign-in is not valid any more. Sign in again.');
const expired = () => new DomainError('TOKEN_EXPIRED', 'You were away for a while. Sign in again.');
