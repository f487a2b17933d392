import { SessionManager, SignedOutError, type RefreshOutcome } from './session/session-manager';
import { indexedDbSessionStore } from './session/session-store';
import { browserLock } from './session/lock';
import { toSession, type IssuedSession } from './session/session';

/** The one GraphQL endpoint, on the origin that served the app. */
export const GRAPHQL_PATH = '/graphql';

/** Above the 30 s that the server gives a query, so that its own answer, which says what to do, comes first. */
const TIMEOUT_MS = 45_000;
/** Well below the lease under which a renewal runs (`LEASE_MS`). */
const REFRESH_TIMEOUT_MS = 30_000;
const REFRESH = `mutation Refresh($input: RefreshInput!) {
  refresh(input: $input) {
    session { accessToken accessTokenExpiresAt refreshToken refreshTokenExpiresAt user { id } }
    userErrors { code message }
  }
}`;

interface RefreshAnswer {
  data?: { refresh: { session: IssuedSession | null; userErrors: { code: string }[] } | null } | null;
  errors?: { extensions?: { code?: string } }[];
}

const ENDING = new Set([
  'REFRESH_TOKEN_REUSED',
  'TOKEN_EXPIRED',
  'UNAUTHENTICATED',
  'INVALID_CREDENTIALS',
  'NOT_FOUND',
]);

/** Exchanges a refresh token. Only a clear refusal by the server ends the session; anything else throws and is tried again. */
async function refresh(refreshToken: string): Promise<RefreshOutcome> {
  const response = await fetch(GRAPHQL_PATH, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ query: REFRESH, operationName: 'Refresh', variables: { input: { refreshToken } } }),
    signal: AbortSignal.timeout(REFRESH_TIMEOUT_MS),
  });
  const answer = (await response.json()) as RefreshAnswer;
  const session = answer.data?.refresh?.session;
  if (session) return { kind: 'renewed', session: toSession(session, Date.now()) };
  const code = answer.data?.refresh?.userErrors[0]?.code ?? answer.errors?.[0]?.extensions?.code ?? '';
  if (!ENDING.has(code)) throw new Error(`The session could not be renewed now (${code || response.status}).`);
  return { kind: 'refused', reason: code === 'REFRESH_TOKEN_REUSED' ? 'reused' : 'expired' };
}

const channel = new BroadcastChannel('datairis.session');

/** This tab's session. Other tabs are told of every change and read it from the store. */
export const session = new SessionManager({
  store: indexedDbSessionStore(),
  lock: browserLock(),
  refresh,
  announce: () => channel.postMessage('changed'),
});
channel.onmessage = () => void session.reload();

/** `fetch` with the access token and a time limit; a refused token is renewed once and the request repeated once. */
export async function authorizedFetch(input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> {
  const send = (token: string | undefined): Promise<Response> => {
    const headers = new Headers(init.headers);
    if (token) headers.set('authorization', `Bearer ${token}`);
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    return fetch(input, { ...init, headers, signal: init.signal ? AbortSignal.any([init.signal, timeout]) : timeout });
  };
  const token = await tokenOrNone();
  const response = await send(token);
  if (!token || !(await refusesToken(response))) return response;
  try {
    return await send(await session.replace(token));
  } catch (error) {
    if (error instanceof SignedOutError) return response;
    throw error;
  }
}

async function tokenOrNone(): Promise<string | undefined> {
  try {
    return await session.token();
  } catch (error) {
    // Signing in and registering are sent without one.
    if (error instanceof SignedOutError) return undefined;
    throw error;
  }
}

async function refusesToken(response: Response): Promise<boolean> {
  if (response.status === 401) return true;
  if (!response.headers.get('content-type')?.includes('json')) return false;
  const text = await response.clone().text();
  return text.includes('"errors"') && /"code":\s*"(UNAUTHENTICATED|TOKEN_EXPIRED)"/.test(text);
}
