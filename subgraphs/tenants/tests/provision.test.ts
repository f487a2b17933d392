import { newId } from '../../kernel/ids';
import { TOPICS } from '../../kernel/log/log';
import { eventually, member, startTenantsWorld, type TenantsWorld } from './tenants-world';

let world: TenantsWorld;
beforeAll(async () => {
  world = await startTenantsWorld();
});
afterAll(() => world.close());

const announce = (tenantId: string, payload: object, id = newId()) =>
  world.log.append(TOPICS.domainEvents.name, [
    { tenantId, key: tenantId, value: { id, tenantId, type: 'auth.tenant_registered', version: 1, payload } },
  ]);

describe('provisionTenant', () => {
  it('makes a tenant with its settings, announces and records it', async () => {
    const id = newId();
    const { data } = await world.provision({ id, name: ' Ärzte & Söhne GmbH ', locale: 'de-at' });
    expect(data.provisionTenant).toEqual({
      tenant: {
        id,
        name: 'Ärzte & Söhne GmbH',
        slug: 'arzte-sohne-gmbh',
        isolation: 'ROW',
        status: 'ACTIVE',
        settings: { locale: 'de-AT', timeZone: 'UTC', weekStart: 'monday', theme: 'system' },
        createdAt: world.clock.now().toISOString(),
        updatedAt: world.clock.now().toISOString(),
      },
      userErrors: [],
    });
    const outbox = await world.outbox(id);
    expect(outbox.map(({ type, payload }) => payload.action ?? type)).toEqual([
      'tenants.tenant_provisioned',
      'tenants.provision',
    ]);
    expect(outbox[0]!.payload).toMatchObject({ tenantId: id, name: 'Ärzte & Söhne GmbH', locale: 'de-AT' });
  });

  it('changes nothing when repeated, at once or later', async () => {
    const id = newId();
    const answers = await Promise.all(Array.from({ length: 4 }, () => world.provision({ id, name: 'Again' })));
    const later = await world.provision({ id, name: 'Another name' });
    const slugs = [...answers, later].map(({ data }) => data.provisionTenant.tenant!.slug);
    expect(new Set(slugs)).toEqual(new Set(['again']));
    const events = (await world.outbox(id)).filter(({ type }) => type === 'tenants.tenant_provisioned');
    expect(events).toHaveLength(1);
  });

  it('gives every tenant a slug of its own', async () => {
    const ids = Array.from({ length: 5 }, newId);
    const answers = await Promise.all(ids.map((id) => world.provision({ id, name: 'Same Name' })));
    const slugs = answers.map(({ data }) => data.provisionTenant.tenant!.slug);
    expect(new Set(slugs).size).toBe(5);
    expect(slugs.filter((slug) => slug === 'same-name')).toHaveLength(1);
    for (const slug of slugs) expect(slug).toMatch(/^same-name(-[0-9a-f]+)?$/);
    const chinese = await world.provision({ id: newId(), name: '数据' });
    expect(chinese.data.provisionTenant.tenant!.slug).toBe('workspace');
  });

  it('is not for a tenant’s own administrator', async () => {
    const id = newId();
    expect((await world.provision({ id, name: 'Mine' }, member(id))).codes).toEqual(['FORBIDDEN']);
    expect(
      (await world.query(`mutation { provisionTenant(input: {id: "${id}", name: "x"}) { tenant { id } } }`)).codes,
    ).toEqual(['UNAUTHENTICATED']);
    expect(await world.rows(`select from tenants.tenants where tenant_id = $1`, [id])).toEqual([]);
  });

  it.each([
    ['an id that is none', { id: 'nonsense', name: 'x' }, 'id'],
    ['no name', { id: newId(), name: ' ' }, 'name'],
    ['no language', { id: newId(), name: 'x', locale: '??' }, 'locale'],
  ])('refuses %s', async (_case, input, field) => {
    const { data } = await world.provision(input);
    expect(data.provisionTenant).toMatchObject({
      tenant: null,
      userErrors: [{ code: 'INVALID_INPUT', field: [field] }],
    });
  });
});

describe('the event of a registration', () => {
  it('makes the tenant, once, however often it is delivered', async () => {
    const id = newId();
    const eventId = newId();
    const payload = { tenantId: id, name: 'By event', locale: 'zh-CN', ownerId: newId() };
    await announce(id, payload, eventId);
    await announce(id, payload, eventId);
    const tenant = await eventually(() => world.current(member(id, 'viewer')));
    expect(tenant).toMatchObject({ id, name: 'By event', slug: 'by-event', settings: { locale: 'zh-CN' } });
    await announce(newId(), { tenantId: newId(), name: 'Marker', ownerId: newId() });
    await eventually(async () => (await world.rows(`select from tenants.tenants where name = 'Marker'`)).length > 0);
    expect((await world.outbox(id)).map(({ type, payload: p }) => p.action ?? type)).toEqual([
      'tenants.tenant_provisioned',
      'tenants.provision',
    ]);
  });

  it('comes after the quick way and changes nothing', async () => {
    const id = newId();
    await world.provision({ id, name: 'Quick' });
    const eventId = newId();
    await announce(id, { tenantId: id, name: 'Quick', locale: null, ownerId: newId() }, eventId);
    await eventually(
      async () => (await world.rows(`select from tenants.inbox where event_id = $1`, [eventId])).length > 0,
    );
    expect(await world.current(member(id))).toMatchObject({ slug: 'quick' });
    const made = (await world.outbox(id)).filter(({ type }) => type === 'tenants.tenant_provisioned');
    expect(made).toHaveLength(1);
  });

  it('makes its own tenant, whatever its payload says', async () => {
    const [own, foreign] = [newId(), newId()];
    await announce(own, { tenantId: foreign, name: 'Mismatch', ownerId: newId() });
    expect(await eventually(() => world.current(member(own)))).toMatchObject({ id: own });
    expect(await world.current(member(foreign))).toBeNull();
  });

  it('goes to the dead letters when it cannot be read, and the next one is not held up', async () => {
    const [broken, good] = [newId(), newId()];
    await announce(broken, { nothing: 'useful' });
    await announce(good, { tenantId: good, name: 'After the broken one', ownerId: newId() });
    expect(await eventually(() => world.current(member(good)))).toMatchObject({ id: good });
    const dead = `${TOPICS.domainEvents.name}.dead`;
    const letter = await eventually(async () =>
      (await world.log.read(dead, 0, 0n, 10)).find((record) => record.tenantId === broken),
    );
    expect(letter.headers).toMatchObject({ group: 'tenants' });
  });
});
