/** What the browser holds about a signed-in user. Times are milliseconds of this machine's clock. */
export interface Session {
  accessToken: string;
  accessExpiresAt: number;
  refreshToken: string;
  refreshExpiresAt: number;
  userId: string;
}

/** The part of the API's `AuthSession` that becomes a `Session`. */
export interface IssuedSession {
  accessToken: string;
  accessTokenExpiresAt: string;
  refreshToken: string;
  refreshTokenExpiresAt: string;
  user: { id: string };
}

/**
 * Turns an issued session into one measured by this machine's clock. The lifetimes come from the token itself (`exp - iat`), so that a
 * laptop whose clock is wrong by an hour neither refreshes on every request nor uses a dead token.
 */
export function toSession(issued: IssuedSession, now: number): Session {
  const claims = decodeClaims(issued.accessToken);
  const serverNow = claims.iat === undefined ? now : claims.iat * 1000;
  const lifetime = (expires: string): number => Math.max(0, Date.parse(expires) - serverNow);
  return {
    accessToken: issued.accessToken,
    accessExpiresAt: now + lifetime(issued.accessTokenExpiresAt),
    refreshToken: issued.refreshToken,
    refreshExpiresAt: now + lifetime(issued.refreshTokenExpiresAt),
    userId: issued.user.id,
  };
}

/**
 * Says whose answers may be shown together: those of one user in one workspace. The workspace is read from the token, which is what the
 * server goes by; a switch of workspace, in whichever tab, changes the key and a renewal does not.
 */
export function scopeOf(session: Session): string {
  return `${session.userId}/${decodeClaims(session.accessToken).tenant_id ?? ''}`;
}

/** Reads a token's claims without verifying them: the server verifies, the browser only plans by them. */
function decodeClaims(token: string): { iat?: number; tenant_id?: string } {
  try {
    const payload = token.split('.')[1] ?? '';
    const parsed: unknown = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/')));
    if (typeof parsed !== 'object' || parsed === null) return {};
    return {
      ...('iat' in parsed && typeof parsed.iat === 'number' ? { iat: parsed.iat } : {}),
      ...('tenant_id' in parsed && typeof parsed.tenant_id === 'string' ? { tenant_id: parsed.tenant_id } : {}),
    };
  } catch {
    return {};
  }
}
