import { SessionManager, SignedOutError, type RefreshOutcome } from '../src/lib/session/session-manager';
import { scopeOf, toSession, type Session } from '../src/lib/session/session';
import type { SessionStore } from '../src/lib/session/session-store';
import type { Lock } from '../src/lib/session/lock';

const MINUTE = 60_000;

/** The browser's shared storage and lock, for several tabs in one process. */
function browser(): { store: SessionStore; lock: Lock } {
  let held: Session | null = null;
  let queue: Promise<unknown> = Promise.resolve();
  return {
    store: {
      read: async () => (held ? { ...held } : null),
      write: async (session) => void (held = session),
      clear: async () => void (held = null),
    },
    lock: (work) => {
      const turn = queue.then(work);
      queue = turn.catch(() => undefined);
      return turn;
    },
  };
}

/** A server that rotates refresh tokens and ends the family when a spent one comes back. */
function server(now: () => number) {
  let count = 0;
  let valid = 'refresh-0';
  let ended = false;
  const issue = (): Session => ({
    accessToken: `access-${count}`,
    accessExpiresAt: now() + 15 * MINUTE,
    refreshToken: valid,
    refreshExpiresAt: now() + 7 * 24 * 60 * MINUTE,
    userId: 'u1',
  });
  return {
    issue,
    calls: () => count,
    ended: () => ended,
    async refresh(token: string): Promise<RefreshOutcome> {
      await new Promise((resolve) => setTimeout(resolve, 5));
      if (ended || token !== valid) {
        ended = true;
        return { kind: 'refused', reason: 'reused' };
      }
      count++;
      valid = `refresh-${count}`;
      return { kind: 'renewed', session: issue() };
    },
  };
}

describe('the session', () => {
  const open: SessionManager[] = [];
  let time = 0;
  const now = (): number => time;
  beforeEach(() => (time = 1_000_000));
  afterEach(() => open.splice(0).forEach((manager) => manager.close()));

  function tab(options: ConstructorParameters<typeof SessionManager>[0]): SessionManager {
    const manager = new SessionManager({ now, ...options });
    open.push(manager);
    return manager;
  }

  it('refreshes once for many requests of one tab', async () => {
    const api = server(now);
    const manager = tab({ ...browser(), refresh: (token) => api.refresh(token) });
    await manager.adopt(api.issue());
    time += 15 * MINUTE;
    const tokens = await Promise.all(Array.from({ length: 20 }, () => manager.token()));
    expect(new Set(tokens)).toEqual(new Set(['access-1']));
    expect(api.calls()).toBe(1);
  });

  it('never spends a refresh token twice over several tabs, also when all are refused at once', async () => {
    const api = server(now);
    const shared = browser();
    await shared.store.write(api.issue());
    const tabs = Array.from({ length: 5 }, () => tab({ ...shared, refresh: (token) => api.refresh(token) }));
    await Promise.all(tabs.map((manager) => manager.reload()));
    for (let round = 1; round <= 3; round++) {
      time += 15 * MINUTE;
      const tokens = await Promise.all(tabs.flatMap((manager) => [manager.token(), manager.token()]));
      expect(new Set(tokens)).toEqual(new Set([`access-${round}`]));
    }
    await Promise.all(tabs.map((manager) => manager.replace('access-3')));
    expect(api.calls()).toBe(4);
    expect(api.ended()).toBe(false);
  });

  it('gives the newer token at once to a request that was refused with an older one', async () => {
    const api = server(now);
    const manager = tab({ ...browser(), refresh: (token) => api.refresh(token) });
    await manager.adopt(api.issue());
    await manager.replace('access-0');
    expect(await manager.replace('access-0')).toBe('access-1');
    expect(api.calls()).toBe(1);
  });

  it('keeps the session when the server cannot be reached, and ends it when the server refuses', async () => {
    const api = server(now);
    let reachable = false;
    const shared = browser();
    const manager = tab({
      ...shared,
      refresh: (token) => (reachable ? api.refresh(token) : Promise.reject(new TypeError('Failed to fetch'))),
    });
    await manager.adopt(api.issue());
    time += 15 * MINUTE;
    await expect(manager.token()).rejects.toThrow('Failed to fetch');
    expect(manager.state.status).toBe('signed-in');

    reachable = true;
    await api.refresh('refresh-of-a-thief');
    await expect(manager.token()).rejects.toThrow(SignedOutError);
    expect(manager.state).toEqual({ status: 'signed-out', reason: 'reused' });
    expect(await shared.store.read()).toBeNull();
  });

  it('signs other tabs out and in with the one that acted', async () => {
    const api = server(now);
    const shared = browser();
    const second = tab({ ...shared, refresh: (token) => api.refresh(token) });
    const first = tab({ ...shared, refresh: (token) => api.refresh(token), announce: () => void second.reload() });
    await first.adopt(api.issue());
    await new Promise((resolve) => setImmediate(resolve));
    expect(second.state.status).toBe('signed-in');
    await first.signOut();
    await new Promise((resolve) => setImmediate(resolve));
    expect(second.state).toEqual({ status: 'signed-out', reason: 'signed-out' });
  });

  it('renews by itself before the token ends, without looping on short-lived tokens', async () => {
    const shared = browser();
    let calls = 0;
    const short = (): Session => ({
      accessToken: `a${calls}`,
      accessExpiresAt: Date.now() + 300,
      refreshToken: `r${calls}`,
      refreshExpiresAt: Date.now() + MINUTE,
      userId: 'u1',
    });
    const manager = tab({
      ...shared,
      now: Date.now,
      refresh: async () => {
        calls++;
        return { kind: 'renewed', session: short() };
      },
    });
    await manager.adopt(short());
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(calls).toBeGreaterThanOrEqual(2);
    expect(calls).toBeLessThanOrEqual(4);
  });
});

describe('the clock', () => {
  it('measures lifetimes by the token, so that a wrong local clock does no harm', () => {
    const iat = 1_700_000_000;
    const claims = Buffer.from(JSON.stringify({ iat, exp: iat + 900 })).toString('base64url');
    const localNow = (iat + 3 * 3600) * 1000;
    const session = toSession(
      {
        accessToken: `h.${claims}.s`,
        accessTokenExpiresAt: new Date((iat + 900) * 1000).toISOString(),
        refreshToken: 'r',
        refreshTokenExpiresAt: new Date((iat + 7 * 86_400) * 1000).toISOString(),
        user: { id: 'u1' },
      },
      localNow,
    );
    expect(session.accessExpiresAt - localNow).toBe(900_000);
    expect(session.refreshExpiresAt - localNow).toBe(7 * 86_400_000);
  });
});

describe('the scope of a session', () => {
  const token = (claims: object): string => `h.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.s`;
  const inTenant = (tenantId: string, iat = 1, userId = 'u1'): Session => ({
    accessToken: token({ iat, tenant_id: tenantId }),
    accessExpiresAt: 2 * MINUTE,
    refreshToken: `r-${tenantId}`,
    refreshExpiresAt: 10 * MINUTE,
    userId,
  });

  it('is a user in a workspace, and survives a renewal', () => {
    expect(scopeOf(inTenant('a'))).toBe('u1/a');
    expect(scopeOf(inTenant('a', 2))).toBe(scopeOf(inTenant('a', 1)));
    expect(scopeOf(inTenant('b'))).not.toBe(scopeOf(inTenant('a')));
    expect(scopeOf(inTenant('a', 1, 'u2'))).not.toBe(scopeOf(inTenant('a')));
    expect(scopeOf({ ...inTenant('a'), accessToken: 'not a token' })).toBe('u1/');
  });

  it('changes in every tab when one of them switches the workspace', async () => {
    const shared = browser();
    const refresh = (): Promise<RefreshOutcome> => Promise.reject(new Error('not needed'));
    const other = new SessionManager({ ...shared, now: () => 0, refresh });
    const told: Promise<void>[] = [];
    const here = new SessionManager({ ...shared, now: () => 0, refresh, announce: () => told.push(other.reload()) });
    const scopes: string[] = [];
    other.subscribe(() => other.state.status === 'signed-in' && scopes.push(scopeOf(other.state.session)));
    try {
      await here.adopt(inTenant('a'));
      await here.adopt(inTenant('b', 2));
      await Promise.all(told);
      expect([...new Set(scopes)].at(-1)).toBe('u1/b');
    } finally {
      here.close();
      other.close();
    }
  });
});
