import { newId } from '../../kernel/ids';
import { ensureUser } from '../index';
import { audited, startAuthWorld, type AuthWorld } from './auth-world';

let world: AuthWorld;
beforeAll(async () => {
  world = await startAuthWorld();
});
afterAll(() => world.close());

const demo = { email: 'demo@datairis.local', password: 'made at random 1', displayName: 'Demo', tenantName: 'Demo' };

it('lets the user sign in, however often it is called', async () => {
  const tenantId = newId();
  const input = { ...demo, tenantId, roles: ['tenant_admin'] };
  const first = await ensureUser(world.runtime, input);
  const second = await ensureUser(world.runtime, input);
  expect(second).toEqual(first);
  const { session } = await world.login({ email: demo.email, password: demo.password });
  expect(session!.user).toMatchObject({
    id: first.userId,
    tenant: { id: tenantId },
    roles: [{ name: 'tenant_admin' }],
  });
  const outbox = await world.outbox(tenantId);
  expect(outbox.filter(({ type }) => type === 'auth.tenant_registered')).toHaveLength(1);
  expect(audited(outbox).filter((line) => line.startsWith('auth.ensure_user'))).toHaveLength(2);

  // A new password and another tenant are what the caller now says.
  const other = newId();
  await ensureUser(world.runtime, { ...demo, password: 'made at random 2', tenantId: other, roles: ['viewer'] });
  expect((await world.login({ email: demo.email, password: demo.password })).session).toBeNull();
  const entered = await world.login({ email: demo.email, password: 'made at random 2', tenantId: other });
  expect(entered.session!.user.roles).toEqual([{ name: 'viewer' }]);
});

it('makes a super admin whose token carries the permissions of the platform', async () => {
  const input = { ...demo, email: 'root@datairis.local', tenantId: newId(), roles: ['super_admin'] };
  await ensureUser(world.runtime, input);
  const { session } = await world.login({ email: input.email, password: input.password });
  const claims = await world.verify(session!.accessToken);
  expect(claims.permissions).toEqual(expect.arrayContaining(['platform:keys', 'platform:tenants', 'write:data']));
  const { errors } = await world.query(`mutation { rotateSigningKey { keyId } }`, {}, await world.identityOf(session!));
  expect(errors).toEqual([]);
});

it('refuses what nobody could sign in with', async () => {
  const input = { ...demo, password: 'short', tenantId: newId(), roles: ['viewer'] };
  await expect(ensureUser(world.runtime, input)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
});
