import { newId } from '../../kernel/ids';
import { member, nobody, startTenantsWorld, type TenantsWorld } from './tenants-world';

let world: TenantsWorld;
const [one, two] = [newId(), newId()];
beforeAll(async () => {
  world = await startTenantsWorld();
  await world.provision({ id: one, name: 'One' });
  await world.provision({ id: two, name: 'Two' });
});
afterAll(() => world.close());

describe('updateTenantSettings', () => {
  it('changes what is given, of the own tenant only, and records the names of what changed', async () => {
    world.clock.advance(60_000);
    const before = await world.current(member(two));
    const input = { name: 'Uno', locale: 'pt-br', timeZone: 'America/Sao_Paulo', weekStart: 'sunday', theme: null };
    const { data } = await world.update(input, member(one));
    expect(data.updateTenantSettings.userErrors).toEqual([]);
    expect(data.updateTenantSettings.tenant).toMatchObject({
      name: 'Uno',
      slug: 'one',
      settings: { locale: 'pt-BR', timeZone: 'America/Sao_Paulo', weekStart: 'sunday', theme: 'system' },
      updatedAt: world.clock.now().toISOString(),
    });
    expect(await world.current(member(two))).toEqual(before);
    const outbox = await world.outbox(one);
    expect(outbox.at(-2)).toMatchObject({ type: 'tenants.tenant_updated', payload: { tenantId: one, name: 'Uno' } });
    expect(outbox.at(-1)!.payload).toMatchObject({
      action: 'tenants.update_settings',
      details: { changed: ['locale', 'name', 'timeZone', 'weekStart'] },
    });
  });

  it('announces nothing when nothing changes', async () => {
    const events = async () => (await world.outbox(two)).filter(({ topic }) => topic === 'domain-events').length;
    const before = await events();
    await world.update({ theme: 'system', name: 'Two' }, member(two));
    expect(await events()).toBe(before);
  });

  it.each([
    ['timeZone', 'Mars/Olympus'],
    ['timeZone', '+02:00'],
    ['locale', 'not a language'],
    ['weekStart', 'someday'],
    ['theme', 'neon'],
    ['name', '   '],
    ['name', 'x'.repeat(101)],
  ])('refuses %s = %p', async (field, value) => {
    const { data } = await world.update({ [field]: value }, member(one));
    expect(data.updateTenantSettings).toMatchObject({
      tenant: null,
      userErrors: [{ code: 'INVALID_INPUT', field: [field] }],
    });
  });

  it.each(['analyst', 'viewer'])('is not for a role %s', async (role) => {
    expect((await world.update({ name: 'Mine now' }, member(one, role))).codes).toEqual(['FORBIDDEN']);
    expect(await world.current(member(one))).toMatchObject({ name: 'Uno' });
  });

  it('knows no tenant that has not been made', async () => {
    const { data } = await world.update({ theme: 'dark' }, member(newId()));
    expect(data.updateTenantSettings).toMatchObject({ tenant: null, userErrors: [{ code: 'NOT_FOUND' }] });
  });
});

describe('currentTenant', () => {
  it('is the tenant of the one who asks', async () => {
    expect(await world.current(member(one, 'viewer'))).toMatchObject({ id: one });
    expect(await world.current(member(newId()))).toBeNull();
    expect((await world.query(`{ currentTenant { id } }`, {}, nobody())).codes).toEqual(['UNAUTHENTICATED']);
  });
});

describe('references', () => {
  const source = `query($r: [_Any!]!) { _entities(representations: $r) { ... on Tenant { id name } } }`;
  const references = [one, two, one, newId(), 'nonsense'].map((id) => ({ __typename: 'Tenant', id }));

  it('resolve the own tenant and no other', async () => {
    const { data } = await world.query<any>(source, { r: references }, member(two));
    expect(data._entities).toEqual([null, { id: two, name: 'Two' }, null, null, null]);
  });

  it('resolve nothing for nobody', async () => {
    const { data } = await world.query<any>(source, { r: references }, nobody());
    expect(data._entities).toEqual(Array(5).fill(null));
  });
});

it('is walled by the database itself', async () => {
  const { database } = world.runtime.stores;
  const seen = await database.withTenant({ tenantId: two }, (tx) => tx.query(`select tenant_id from tenants`));
  expect(seen).toEqual([{ tenant_id: two }]);
  await expect(
    database.withTenant({ tenantId: two }, (tx) =>
      tx.query(
        `insert into tenants (tenant_id, name, slug, locale, time_zone, week_start, theme, created_at, updated_at)
         values ($1, 'x', 'x', 'en', 'UTC', 'monday', 'system', now(), now())`,
        [newId()],
      ),
    ),
  ).rejects.toThrow(/row-level security/);
});
