import { Client } from 'pg';
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet, type JWTPayload } from 'jose';
import { Readable } from 'node:stream';
import { ManualClock, type Clock } from '../../kernel/clock';
import type { Identity } from '../../kernel/context';
import { anonymousIdentity, freezeIdentity } from '../../kernel/identity';
import { newId } from '../../kernel/ids';
import { createTestDatabase, type TestDatabase } from '../../kernel/testing/postgres';
import type { AuthEnv } from '../env';
import { startTestStores, startTestSubgraph } from '../../kernel/testing/subgraph';
import { createAuthSubgraph } from '../index';

/** As in production, but a cheap hash: what it costs is not what is tested. */
export const TEST_ENV: AuthEnv = {
  AUTH_BCRYPT_COST: 4,
  AUTH_LOGIN_ATTEMPTS: 5,
  AUTH_LOGIN_ATTEMPTS_PER_ADDRESS: 12,
  AUTH_LOCKOUT_SECONDS: 900,
  AUTH_REGISTRATIONS_PER_HOUR: 100,
};

export const PASSWORD = 'correct horse battery';

export interface UserErrorView {
  code: string;
  field: string[] | null;
  message: string;
}

export interface SessionView {
  accessToken: string;
  accessTokenExpiresAt: string;
  refreshToken: string;
  refreshTokenExpiresAt: string;
  user: { id: string; email: string; roles: { name: string }[]; permissions: string[]; tenant: { id: string } };
}

const SESSION = `session {
  accessToken accessTokenExpiresAt refreshToken refreshTokenExpiresAt
  user { id email displayName roles { name } permissions tenant { id } memberships { tenantId tenantName roles } }
} userErrors { code field message }`;

interface AuthAnswer {
  session: SessionView | null;
  userErrors: UserErrorView[];
}

/** A running auth subgraph with its own database, and what a client does with it. */
export async function startAuthWorld(options: { env?: Partial<AuthEnv>; clock?: Clock; database?: TestDatabase } = {}) {
  const clock = options.clock ?? new ManualClock();
  const database = options.database ?? (await createTestDatabase());
  const on = await startTestStores({ clock, database });
  const { executor, runtime } = await startTestSubgraph(createAuthSubgraph({ ...TEST_ENV, ...options.env }), on);
  const admin = new Client({ connectionString: database.adminUrl });
  await admin.connect();

  /** Runs an operation as somebody; default: nobody, from a fixed address. */
  const query = async <T>(source: string, variables: Record<string, unknown> = {}, identity = anonymous()) => {
    const signal = new AbortController().signal;
    const result = await executor.execute({ query: source, variables, identity, signal });
    return { data: result.data as T, errors: result.errors ?? [] };
  };

  const authMutation = async (name: string, type: string, input: object, identity?: Identity): Promise<AuthAnswer> => {
    const source = `mutation($input: ${type}!) { answer: ${name}(input: $input) { ${SESSION} } }`;
    const { data, errors } = await query<{ answer: AuthAnswer }>(source, { input }, identity);
    if (errors.length > 0) throw errors[0]!;
    return data.answer;
  };

  const jwks = async (): Promise<JSONWebKeySet> => {
    const request = { method: 'GET', path: '/.well-known/jwks.json', query: {}, headers: {}, body: Readable.from([]) };
    const signal = new AbortController().signal;
    const response = await executor.rest({ ...request, identity: anonymous(), signal });
    return JSON.parse(response.body as string) as JSONWebKeySet;
  };

  /** As the gateway does it: by the published keys alone. */
  const verify = async (token: string): Promise<JWTPayload> => {
    const keys = createLocalJWKSet(await jwks());
    const expected = { issuer: 'datairis', audience: 'datairis', algorithms: ['RS256'], currentDate: clock.now() };
    return (await jwtVerify(token, keys, expected)).payload;
  };

  const identityOf = async (session: SessionView): Promise<Identity> => {
    const claims = await verify(session.accessToken);
    return freezeIdentity({
      ...anonymous(),
      tenantId: claims.tenant_id as string,
      actor: { kind: 'user', userId: claims.sub!, sessionId: claims.sid as string },
      permissions: claims.permissions as string[],
      expiresAt: claims.exp!,
    });
  };

  return {
    runtime,
    log: on.stores.log,
    supergraph: on.supergraph,
    clock: clock as ManualClock,
    database,
    query,
    jwks,
    verify,
    identityOf,
    register: (input: object, identity?: Identity) =>
      authMutation(
        'register',
        'RegisterInput',
        { email: `${newId()}@example.com`, password: PASSWORD, displayName: 'Ada', tenantName: 'Ada Ltd', ...input },
        identity,
      ),
    login: (input: object, identity?: Identity) => authMutation('login', 'LoginInput', input, identity),
    refresh: (refreshToken: string) => authMutation('refresh', 'RefreshInput', { refreshToken }),
    switchTenant: (tenantId: string, identity: Identity) =>
      authMutation('switchTenant', 'SwitchTenantInput', { tenantId }, identity),
    /** Rows as the superuser sees them, whatever the walls say. */
    rows: async <R>(sql: string, values: unknown[] = []): Promise<R[]> => (await admin.query(sql, values)).rows as R[],
    /** Audit records and domain events of a tenant, oldest first. */
    outbox: async (tenantId: string) =>
      (await admin.query(`select type, topic, payload from auth.outbox where tenant_id = $1 order by id`, [tenantId]))
        .rows as { type: string; topic: string; payload: Record<string, any> }[],
    /** Adds somebody to another tenant, which has no verb yet. */
    join: (tenantId: string, userId: string, roles: string[]) =>
      admin.query(`insert into auth.memberships values ($1, $2, $3, now())`, [tenantId, userId, roles]),
    async close(keepDatabase = false) {
      await admin.end();
      await on.close();
      if (!keepDatabase) await database.drop();
    },
  };
}

export type AuthWorld = Awaited<ReturnType<typeof startAuthWorld>>;

export const anonymous = (address: string | null = '203.0.113.7'): Identity => anonymousIdentity(newId(), address);

/** The audit records of these outbox rows, as `action result`. */
export const audited = (rows: Awaited<ReturnType<AuthWorld['outbox']>>): string[] =>
  rows
    .filter(({ topic }) => topic === 'audit-events')
    .map(({ payload }) => `${String(payload.action)} ${String(payload.result)}`);

/** Waits until `probe` answers something; events take their own time. */
export async function eventually<T>(probe: () => Promise<T | null | undefined | false>, timeoutMs = 10_000) {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const found = await probe();
    if (found) return found;
    if (Date.now() > deadline) throw new Error('it has not come to pass in time');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
