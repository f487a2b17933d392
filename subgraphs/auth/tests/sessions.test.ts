import { newId } from '../../kernel/ids';
import { serviceIdentity } from '../../kernel/identity';
import { audited, startAuthWorld, type AuthWorld } from './auth-world';

let world: AuthWorld;
beforeAll(async () => {
  world = await startAuthWorld();
});
afterAll(() => world.close());

const LOGOUT = `mutation { logout { success userErrors { code } } }`;
const codes = (errors: readonly { extensions: Record<string, unknown> }[]) =>
  errors.map(({ extensions }) => extensions.code);

describe('logout', () => {
  it('ends the session, tells everybody, and does no harm twice', async () => {
    const { session } = await world.register({});
    const identity = await world.identityOf(session!);
    const tenantId = session!.user.tenant.id;
    const signals: unknown[] = [];
    await world.runtime.stores.pubsub.subscribe({ tenantId, topic: 'session.revoked' }, (m) => void signals.push(m));

    expect((await world.query(LOGOUT, {}, identity)).data).toEqual({ logout: { success: true, userErrors: [] } });
    const sessionId = (identity.actor as { sessionId: string }).sessionId;
    expect(signals).toMatchObject([{ sessionId }]);
    expect(await world.refresh(session!.refreshToken)).toMatchObject({ userErrors: [{ code: 'INVALID_CREDENTIALS' }] });

    expect((await world.query(LOGOUT, {}, identity)).data).toMatchObject({ logout: { success: true } });
    const outbox = await world.outbox(tenantId);
    expect(audited(outbox)).toContain('auth.logout success');
    const ended = new Date(world.clock.now().getTime() + 900_000).toISOString();
    expect(outbox.filter(({ type }) => type === 'auth.session_revoked')).toMatchObject([
      { payload: { sessionId, reason: 'logout', accessTokensEndAt: ended } },
    ]);
  });

  it('cannot end the session of another tenant or person', async () => {
    const victim = (await world.register({})).session!;
    const attacker = await world.identityOf((await world.register({})).session!);
    const sessionId = ((await world.identityOf(victim)).actor as { sessionId: string }).sessionId;
    // Even if the gateway were wrong about one of the three, they must fit together.
    for (const identity of [
      { ...attacker, actor: { ...attacker.actor, sessionId } },
      { ...attacker, tenantId: victim.user.tenant.id, actor: { ...attacker.actor, sessionId } },
    ]) {
      await world.query(LOGOUT, {}, identity as typeof attacker);
    }
    expect((await world.refresh(victim.refreshToken)).session).not.toBeNull();
  });

  it('is for somebody who signed in', async () => {
    expect(codes((await world.query(LOGOUT)).errors)).toEqual(['UNAUTHENTICATED']);
    const { session } = await world.register({});
    const service = serviceIdentity('reports', session!.user.tenant.id, newId());
    expect(codes((await world.query(LOGOUT, {}, service)).errors)).toEqual(['FORBIDDEN']);
  });
});

describe('switchTenant', () => {
  it('opens a session in another tenant of the same identity; the present one stays', async () => {
    const { session } = await world.register({});
    const there = (await world.register({ tenantName: 'There' })).session!.user.tenant.id;
    await world.join(there, session!.user.id, ['analyst']);
    const switched = await world.switchTenant(there, await world.identityOf(session!));
    expect(switched.userErrors).toEqual([]);
    expect(await world.verify(switched.session!.accessToken)).toMatchObject({
      sub: session!.user.id,
      tenant_id: there,
      permissions: ['create:reports', 'read:dashboards', 'read:data'],
    });
    expect(audited(await world.outbox(there))).toContain('auth.switch_tenant success');
    expect((await world.refresh(session!.refreshToken)).session!.user.tenant.id).toBe(session!.user.tenant.id);
    expect((await world.refresh(switched.session!.refreshToken)).session!.user.tenant.id).toBe(there);
  });

  it('does not know tenants one does not belong to', async () => {
    const { session } = await world.register({});
    const identity = await world.identityOf(session!);
    const foreign = (await world.register({})).session!.user.tenant.id;
    const answers = await Promise.all([foreign, newId()].map((id) => world.switchTenant(id, identity)));
    for (const answer of answers) expect(answer).toMatchObject({ session: null, userErrors: [{ code: 'NOT_FOUND' }] });
    expect(await world.switchTenant('nonsense', identity)).toMatchObject({ userErrors: [{ code: 'INVALID_INPUT' }] });
  });

  it('is refused after signing out, while the access token still lives', async () => {
    const { session } = await world.register({});
    const identity = await world.identityOf(session!);
    await world.query(LOGOUT, {}, identity);
    await expect(world.switchTenant(session!.user.tenant.id, identity)).rejects.toMatchObject({
      extensions: { code: 'UNAUTHENTICATED' },
    });
  });
});
