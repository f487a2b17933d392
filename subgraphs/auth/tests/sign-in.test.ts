import bcrypt from 'bcrypt';
import { decodeProtectedHeader } from 'jose';
import { PLATFORM_TENANT } from '../../kernel/ids';
import { TENANT_PERMISSIONS } from '../../kernel/permissions';
import { anonymous, audited, PASSWORD, startAuthWorld, type AuthWorld } from './auth-world';

let world: AuthWorld;
beforeAll(async () => {
  world = await startAuthWorld();
});
afterAll(() => world.close());

describe('register', () => {
  it('makes an identity, a tenant of its own and a session', async () => {
    const { session, userErrors } = await world.register({ email: '  Ada@Example.COM ', tenantName: 'Analytical' });
    expect(userErrors).toEqual([]);
    expect(session!.user).toMatchObject({
      email: 'ada@example.com',
      displayName: 'Ada',
      roles: [{ name: 'tenant_admin' }],
      permissions: [...TENANT_PERMISSIONS].sort(),
    });
    const tenantId = session!.user.tenant.id;
    expect((session!.user as unknown as { memberships: unknown }).memberships).toEqual([
      { tenantId, tenantName: 'Analytical', roles: ['tenant_admin'] },
    ]);

    const claims = await world.verify(session!.accessToken);
    const now = world.clock.now().getTime() / 1_000;
    expect(claims).toEqual({
      iss: 'datairis',
      aud: 'datairis',
      sub: session!.user.id,
      tenant_id: tenantId,
      roles: ['tenant_admin'],
      permissions: [...TENANT_PERMISSIONS].sort(),
      sid: expect.any(String),
      jti: expect.any(String),
      iat: now,
      exp: now + 900,
    });
    expect(session!.accessTokenExpiresAt).toBe(new Date((now + 900) * 1_000).toISOString());
    expect(session!.refreshTokenExpiresAt).toBe(new Date((now + 7 * 86_400) * 1_000).toISOString());
    expect(decodeProtectedHeader(session!.accessToken)).toMatchObject({
      alg: 'RS256',
      kid: (await world.jwks()).keys[0]!.kid,
    });

    const outbox = await world.outbox(tenantId);
    expect(audited(outbox)).toEqual(['auth.register success']);
    expect(outbox.find(({ topic }) => topic === 'domain-events')).toMatchObject({
      type: 'auth.tenant_registered',
      payload: { tenantId, name: 'Analytical', locale: null, ownerId: session!.user.id },
    });
  });

  it('keeps neither the password nor the tokens readable', async () => {
    const { session } = await world.register({ email: 'kept@example.com' });
    const rows = await world.rows<Record<string, unknown>>(
      `select i.password_hash, t.token_hash, o.payload::text from auth.identities i, auth.refresh_tokens t, auth.outbox o
       where i.id = $1 and t.tenant_id = $2 and o.tenant_id = $2`,
      [session!.user.id, session!.user.tenant.id],
    );
    const text = JSON.stringify(rows);
    expect(rows.length).toBeGreaterThan(0);
    expect(rows[0]!.password_hash).toMatch(/^\$2b\$04\$/);
    for (const secret of [PASSWORD, session!.refreshToken, session!.accessToken]) expect(text).not.toContain(secret);
  });

  it('refuses an e-mail that is taken, in any spelling, and leaves nothing behind', async () => {
    await world.register({ email: 'twice@example.com' });
    const count = () => world.rows<{ n: string }>(`select count(*) as n from auth.memberships`);
    const before = await count();
    const { session, userErrors } = await world.register({ email: 'TWICE@example.com' });
    expect(session).toBeNull();
    expect(userErrors).toEqual([{ code: 'CONFLICT', field: ['email'], message: expect.stringContaining('Sign in') }]);
    expect(await count()).toEqual(before);
  });

  it('lets one of many simultaneous registrations of an e-mail through', async () => {
    const answers = await Promise.all(Array.from({ length: 4 }, () => world.register({ email: 'race@example.com' })));
    expect(answers.filter(({ session }) => session).length).toBe(1);
    expect(answers.flatMap(({ userErrors }) => userErrors.map(({ code }) => code))).toEqual(Array(3).fill('CONFLICT'));
  });

  it.each([
    ['a short password', { password: 'short1234' }, 'password', /at least 10/],
    [
      'a long one by bytes',
      { password: '密码太长了吗是的它太长了所以不行请再试一次吧谢谢你们' },
      'password',
      /72 bytes/,
    ],
    ['one with NUL', { password: 'correct\0horse battery' }, 'password', /NUL/],
    ['one of few characters', { password: 'aaaaaaaaaaaa' }, 'password', /different characters/],
    [
      'one made from the e-mail',
      { email: 'grace.hopper@example.com', password: 'Grace.Hopper1906' },
      'password',
      /e-mail/,
    ],
    ['no e-mail', { email: 'nobody' }, 'email', /e-mail address/],
    ['an empty name', { displayName: '   ' }, 'displayName', /write a name/],
    ['an empty tenant', { tenantName: '' }, 'tenantName', /write a name/],
    ['no language', { locale: 'not a language' }, 'locale', /language tag/],
  ])('refuses %s', async (_case, input, field, message) => {
    const { session, userErrors } = await world.register(input);
    expect(session).toBeNull();
    expect(userErrors).toEqual([{ code: 'INVALID_INPUT', field: [field], message: expect.stringMatching(message) }]);
  });
});

describe('login', () => {
  const email = 'login@example.com';
  let userId: string;
  let tenantId: string;
  beforeAll(async () => {
    const { session } = await world.register({ email });
    userId = session!.user.id;
    tenantId = session!.user.tenant.id;
  });

  it('signs in and opens a session of its own', async () => {
    const first = await world.login({ email: 'LOGIN@example.com', password: PASSWORD });
    const second = await world.login({ email, password: PASSWORD });
    expect(first.session!.user.id).toBe(userId);
    const sids = await Promise.all(
      [first, second].map(async ({ session }) => (await world.verify(session!.accessToken)).sid),
    );
    expect(new Set(sids).size).toBe(2);
    expect(audited(await world.outbox(tenantId))).toContain('auth.login success');
  });

  it('answers a wrong password and an unknown e-mail alike, after the same work', async () => {
    const compare = jest.spyOn(bcrypt, 'compare');
    const wrong = await world.login({ email, password: 'wrong horse battery' });
    expect(compare).toHaveBeenCalledTimes(1);
    const unknown = await world.login({ email: 'nobody@example.com', password: PASSWORD });
    expect(compare).toHaveBeenCalledTimes(2);
    // The hash that nobody has costs as much as a real one.
    const hashes = compare.mock.calls.map(([, hash]) => bcrypt.getRounds(hash));
    expect(hashes).toEqual([4, 4]);
    compare.mockRestore();

    expect(wrong).toEqual({
      session: null,
      userErrors: [{ code: 'INVALID_CREDENTIALS', field: null, message: expect.any(String) }],
    });
    expect(unknown).toEqual(wrong);
    // The trail of the tenant tells of its member; nobody's is the platform's.
    for (const trail of [tenantId, PLATFORM_TENANT]) {
      const failures = audited(await world.outbox(trail)).filter((line) => line === 'auth.login failure');
      expect(failures).toHaveLength(1);
    }
  });

  it('never takes the first 72 bytes for the whole', async () => {
    const password = 'abcdefgh1234'.repeat(6);
    await world.register({ email: 'long@example.com', password });
    expect((await world.login({ email: 'long@example.com', password })).session).not.toBeNull();
    const { userErrors } = await world.login({ email: 'long@example.com', password: `${password}x` });
    expect(userErrors).toMatchObject([{ code: 'INVALID_INPUT', field: ['password'] }]);
  });

  it('takes the same password typed in another normal form', async () => {
    await world.register({ email: 'nfc@example.com', password: 'pässwörter und so' });
    const typed = 'pässwörter und so'.normalize('NFD');
    expect((await world.login({ email: 'nfc@example.com', password: typed })).session).not.toBeNull();
  });

  it('enters the tenant that is named, if one belongs to it', async () => {
    const other = (await world.register({})).session!.user.tenant.id;
    const refused = await world.login({ email, password: PASSWORD, tenantId: other });
    expect(refused).toMatchObject({ session: null, userErrors: [{ code: 'NOT_FOUND' }] });
    await world.join(other, userId, ['viewer']);
    const entered = await world.login({ email, password: PASSWORD, tenantId: other });
    expect(entered.session!.user).toMatchObject({ tenant: { id: other }, roles: [{ name: 'viewer' }] });
    expect((await world.verify(entered.session!.accessToken)).permissions).toEqual(['read:dashboards', 'read:reports']);
    // Without a name it is the oldest membership.
    expect((await world.login({ email, password: PASSWORD })).session!.user.tenant.id).toBe(tenantId);
  });

  it('renews a hash that was made at another cost', async () => {
    const dearer = await bcrypt.hash(PASSWORD, 5);
    await world.rows(`update auth.identities set password_hash = $1 where id = $2`, [dearer, userId]);
    expect((await world.login({ email, password: PASSWORD })).session).not.toBeNull();
    const [row] = await world.rows<{ password_hash: string }>(
      `select password_hash from auth.identities where id = $1`,
      [userId],
    );
    expect(bcrypt.getRounds(row!.password_hash)).toBe(4);
    expect((await world.login({ email, password: PASSWORD })).session).not.toBeNull();
  });
});

it('goes on when the gateway cannot be asked, and asks it as a service when it can', async () => {
  // Nobody has bound a gateway so far: every registration above has passed without.
  const asked: unknown[] = [];
  world.supergraph.bind(async (operation, variables, identity) => {
    asked.push({ operation, variables, identity });
    return { data: null, errors: [{ message: 'not today' }] };
  });
  const { session } = await world.register({ tenantName: 'Prompt', locale: 'zh-CN' }, anonymous());
  const id = session!.user.tenant.id;
  expect(asked).toMatchObject([
    {
      operation: expect.stringContaining('provisionTenant'),
      variables: { input: { id, name: 'Prompt', locale: 'zh-CN' } },
      identity: { tenantId: id, permissions: ['platform:tenants'], actor: { kind: 'service', service: 'auth' } },
    },
  ]);
});
