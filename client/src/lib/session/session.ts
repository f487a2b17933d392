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

/** Reads a token's claims without verifying them: the server verifies, the browser only plans its refresh by them. */
function decodeClaims(token: string): { iat?: number } {
  try {
    const payload = token.split('.')[1] ?? '';
    const parsed: unknown = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/')));
    const iat = typeof parsed === 'object' && parsed !== null && 'iat' in parsed ? parsed.iat : undefined;
    return typeof iat === 'number' ? { iat } : {};
  } catch {
    return {};
  }
}
