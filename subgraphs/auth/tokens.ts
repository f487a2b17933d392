import { createHash, randomBytes } from 'node:crypto';
import { SignJWT } from 'jose';
import type { Ctx } from '../kernel/context';
import { newId } from '../kernel/ids';
import { permissionsOf } from './roles';
import { authServices } from './services';

export const ISSUER = 'datairis';
export const AUDIENCE = 'datairis';
export const ALGORITHM = 'RS256';
export const ACCESS_TOKEN_SECONDS = 15 * 60;
export const REFRESH_TOKEN_SECONDS = 7 * 24 * 60 * 60;

export interface AccessTokenSubject {
  userId: string;
  tenantId: string;
  sessionId: string;
  roles: readonly string[];
  /** Of the user, else of the tenant; null when neither is known, and the gateway then takes the client's. */
  locale: string | null;
  timeZone: string | null;
}

/** Signs an access token. Do it outside transactions: it may load the key. */
export async function mintAccessToken(
  ctx: Ctx,
  subject: AccessTokenSubject,
): Promise<{ token: string; expiresAt: Date }> {
  const { kid, privateKey } = await authServices(ctx).keys.current();
  const issuedAt = Math.floor(ctx.clock.now().getTime() / 1_000);
  const expiresAt = issuedAt + ACCESS_TOKEN_SECONDS;
  const token = await new SignJWT({
    tenant_id: subject.tenantId,
    roles: [...subject.roles],
    permissions: permissionsOf(subject.roles),
    sid: subject.sessionId,
    ...(subject.locale ? { locale: subject.locale } : {}),
    ...(subject.timeZone ? { time_zone: subject.timeZone } : {}),
  })
    .setProtectedHeader({ alg: ALGORITHM, kid, typ: 'JWT' })
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setSubject(subject.userId)
    .setJti(newId())
    .setIssuedAt(issuedAt)
    .setExpirationTime(expiresAt)
    .sign(privateKey);
  return { token, expiresAt: new Date(expiresAt * 1_000) };
}

/** 256 random bits; only the client ever keeps them. */
export const newRefreshToken = (): string => randomBytes(32).toString('base64url');

/** What the database keeps. The token is random, so a plain digest cannot be guessed back. */
export const refreshTokenHash = (token: string): string => createHash('sha256').update(token).digest('base64url');
