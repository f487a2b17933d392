import type { EntityManager } from 'typeorm';
import type { Ctx } from '../kernel/context';
import { newId } from '../kernel/ids';
import { toUserView, type UserView } from './members';
import type { MembershipEntity } from './membership.entity';
import { RefreshTokenEntity, SessionEntity } from './session.entity';
import { WorkspaceEntity } from './workspace.entity';
import { mintAccessToken, newRefreshToken, refreshTokenHash, REFRESH_TOKEN_SECONDS } from './tokens';

/** What a session's client gets besides the access token, which is signed after the transaction. */
export interface OpenedSession {
  sessionId: string;
  refreshToken: string;
  refreshTokenExpiresAt: Date;
  user: UserView;
  locale: string | null;
  timeZone: string | null;
}

/** A signed-in session as its client sees it. */
export interface AuthSessionView {
  accessToken: string;
  accessTokenExpiresAt: Date;
  refreshToken: string;
  refreshTokenExpiresAt: Date;
  user: UserView;
}

/** Opens a session of this membership in the caller's transaction. */
export async function openSession(tx: EntityManager, ctx: Ctx, membership: MembershipEntity): Promise<OpenedSession> {
  const now = ctx.clock.now();
  const { tenantId, userId } = membership;
  const session = { tenantId, id: newId(), userId, address: ctx.identity.address, createdAt: now };
  const expiresAt = refreshExpiry(now);
  await tx.getRepository(SessionEntity).insert({ ...session, lastUsedAt: now, expiresAt });
  const refreshToken = await issueRefreshToken(tx, tenantId, session.id, now);
  return describeSession(tx, membership, { sessionId: session.id, refreshToken, refreshTokenExpiresAt: expiresAt });
}

/** Adds to the tokens of a session whose it is. */
export async function describeSession(
  tx: EntityManager,
  membership: MembershipEntity,
  tokens: Pick<OpenedSession, 'sessionId' | 'refreshToken' | 'refreshTokenExpiresAt'>,
): Promise<OpenedSession> {
  const { tenantId } = membership;
  const workspace = await tx.getRepository(WorkspaceEntity).findOneBy({ tenantId });
  const user = toUserView(membership, true);
  return {
    ...tokens,
    user,
    locale: user.locale ?? workspace?.locale ?? null,
    timeZone: user.timeZone ?? workspace?.timeZone ?? null,
  };
}

/** A further refresh token of a session. */
export async function issueRefreshToken(
  tx: EntityManager,
  tenantId: string,
  sessionId: string,
  now: Date,
): Promise<string> {
  const token = newRefreshToken();
  await tx.getRepository(RefreshTokenEntity).insert({
    tenantId,
    tokenHash: refreshTokenHash(token),
    sessionId,
    issuedAt: now,
    expiresAt: refreshExpiry(now),
  });
  return token;
}

/** Signs the access token. Call it when the transaction has committed. */
export async function completeSession(ctx: Ctx, opened: OpenedSession): Promise<AuthSessionView> {
  const { sessionId, refreshToken, refreshTokenExpiresAt, user, locale, timeZone } = opened;
  const access = await mintAccessToken(ctx, {
    userId: user.id,
    tenantId: user.tenantId,
    sessionId,
    roles: user.roleNames,
    locale,
    timeZone,
  });
  return {
    accessToken: access.token,
    accessTokenExpiresAt: access.expiresAt,
    refreshToken,
    refreshTokenExpiresAt,
    user,
  };
}

export const refreshExpiry = (now: Date): Date => new Date(now.getTime() + REFRESH_TOKEN_SECONDS * 1_000);
