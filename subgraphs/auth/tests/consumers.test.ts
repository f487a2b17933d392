import { newId } from '../../kernel/ids';
import { TOPICS } from '../../kernel/log/log';
import { eventually, startAuthWorld, type AuthWorld } from './auth-world';

let world: AuthWorld;
beforeAll(async () => {
  world = await startAuthWorld();
});
afterAll(() => world.close());

it('carries its own events to the log, and follows the names of tenants', async () => {
  const { session } = await world.register({ tenantName: 'Before' });
  const tenantId = session!.user.tenant.id;
  const topic = TOPICS.domainEvents.name;
  const registered = await eventually(async () => {
    const bounds = await world.log.bounds(topic);
    const read = [...bounds.keys()].map((partition) => world.log.read(topic, partition, 0n, 10));
    return (await Promise.all(read)).flat().find((record) => record.key === tenantId);
  });
  expect(registered).toMatchObject({
    tenantId,
    value: { type: 'auth.tenant_registered', payload: { name: 'Before' } },
  });

  const other = (await world.register({ tenantName: 'Untouched' })).session!;
  const facts = { name: 'After', locale: 'de-AT', timeZone: 'Europe/Vienna' };
  const event = {
    id: newId(),
    tenantId,
    type: 'tenants.tenant_updated',
    version: 1,
    payload: { tenantId, ...facts },
  };
  await world.log.append(topic, [{ tenantId, key: tenantId, value: event }]);
  const nameOf = async (id: string) =>
    (await world.rows<{ name: string }>(`select name from auth.workspaces where tenant_id = $1`, [id]))[0]!.name;
  await eventually(async () => (await nameOf(tenantId)) === 'After');
  expect(await nameOf(other.user.tenant.id)).toBe('Untouched');

  // The next token speaks the tenant's language; one's own goes first.
  const refreshed = (await world.refresh(session!.refreshToken)).session!;
  expect(await world.verify(refreshed.accessToken)).toMatchObject({ locale: 'de-AT', time_zone: 'Europe/Vienna' });
  await world.rows(`update auth.identities set locale = 'fr' where id = $1`, [session!.user.id]);
  const again = (await world.refresh(refreshed.refreshToken)).session!;
  expect(await world.verify(again.accessToken)).toMatchObject({ locale: 'fr', time_zone: 'Europe/Vienna' });
});
