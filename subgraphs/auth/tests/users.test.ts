import { freezeIdentity, serviceIdentity } from '../../kernel/identity';
import { newId } from '../../kernel/ids';
import type { Identity } from '../../kernel/context';
import { startAuthWorld, type AuthWorld, type SessionView } from './auth-world';

let world: AuthWorld;
let ada: SessionView;
let bob: SessionView;
let asAda: Identity;
let asBob: Identity;
/** A viewer in Ada's tenant. */
let asViewer: Identity;
let viewerId: string;

beforeAll(async () => {
  world = await startAuthWorld();
  ada = (await world.register({ displayName: 'Ada', tenantName: 'One' })).session!;
  bob = (await world.register({ displayName: 'Bob', tenantName: 'Two' })).session!;
  [asAda, asBob] = [await world.identityOf(ada), await world.identityOf(bob)];
  const eve = (await world.register({ displayName: 'Eve', tenantName: 'Three' })).session!;
  viewerId = eve.user.id;
  await world.join(ada.user.tenant.id, viewerId, ['viewer', 'no_such_role']);
  const entered = await world.switchTenant(ada.user.tenant.id, await world.identityOf(eve));
  asViewer = await world.identityOf(entered.session!);
});
afterAll(() => world.close());

const ENTITIES = `query($r: [_Any!]!) { _entities(representations: $r) { ... on User { id displayName email } ... on Role { name permissions } } }`;
const codes = (errors: readonly { extensions: Record<string, unknown> }[]) =>
  errors.map(({ extensions }) => extensions.code);

describe('me', () => {
  it('is the one who asks, in the present tenant', async () => {
    const source = `{ me { id displayName email roles { name builtIn } permissions tenant { id } memberships { tenantId tenantName } } }`;
    const { data, errors } = await world.query(source, {}, asViewer);
    expect(errors).toEqual([]);
    expect(data).toMatchObject({
      me: {
        id: viewerId,
        roles: [{ name: 'viewer', builtIn: true }],
        permissions: ['read:dashboards', 'read:reports'],
        tenant: { id: ada.user.tenant.id },
        memberships: [{ tenantName: 'Three' }, { tenantId: ada.user.tenant.id, tenantName: 'One' }],
      },
    });
  });

  it('is nobody without a token, for a service or a stranger to the tenant', async () => {
    expect(codes((await world.query(`{ me { id } }`)).errors)).toEqual(['UNAUTHENTICATED']);
    const service = serviceIdentity('reports', ada.user.tenant.id, newId());
    expect((await world.query(`{ me { id } }`, {}, service)).data).toEqual({ me: null });
    const stranger = freezeIdentity({ ...asBob, tenantId: ada.user.tenant.id });
    expect((await world.query(`{ me { id } }`, {}, stranger)).data).toEqual({ me: null });
  });
});

describe('other users', () => {
  const source = `query($id: ID!) { user(id: $id) { id displayName email memberships { tenantId } } }`;

  it('are found within the tenant, their other memberships untold', async () => {
    const { data } = await world.query<any>(source, { id: viewerId }, asAda);
    expect(data.user).toMatchObject({ id: viewerId, displayName: 'Eve', email: expect.any(String), memberships: [] });
  });

  it('are null in another tenant, and for an id that is none', async () => {
    for (const id of [bob.user.id, newId(), 'not-an-id', "' or 1=1"]) {
      expect(await world.query(source, { id }, asAda)).toEqual({ data: { user: null }, errors: [] });
    }
  });

  it('may not be listed or looked up by a viewer', async () => {
    expect(codes((await world.query(`{ users { edges { node { id } } } }`, {}, asViewer)).errors)).toEqual([
      'FORBIDDEN',
    ]);
    expect(codes((await world.query(source, { id: ada.user.id }, asViewer)).errors)).toEqual(['FORBIDDEN']);
    expect(codes((await world.query(`{ users { edges { node { id } } } }`)).errors)).toEqual(['UNAUTHENTICATED']);
  });

  it('are walled by the database itself, hashes included', async () => {
    const { database } = world.runtime.stores;
    const seen = await database.withTenant(asAda, (tx) => tx.query(`select id from identities order by id`));
    expect(seen).toEqual([{ id: ada.user.id }, { id: viewerId }]);
    for (const sql of [`select password_hash from identities`, `select * from signing_keys`]) {
      await expect(database.withTenant(asAda, (tx) => tx.query(sql))).rejects.toThrow(/permission denied/);
    }
    for (const table of ['memberships', 'sessions', 'refresh_tokens', 'workspaces']) {
      const rows = await database.withTenant(asBob, (tx) => tx.query(`select distinct tenant_id from ${table}`));
      expect(rows).toEqual([{ tenant_id: bob.user.tenant.id }]);
    }
  });
});

describe('users', () => {
  const source = `query($first: Int, $after: String) { users(first: $first, after: $after) {
    edges { cursor node { id roles { name } } } pageInfo { hasNextPage endCursor } } }`;

  it('pages through the members of the tenant', async () => {
    const first = await world.query<any>(source, { first: 1 }, asAda);
    expect(first.data.users).toMatchObject({
      edges: [{ node: { id: ada.user.id, roles: [{ name: 'tenant_admin' }] } }],
      pageInfo: { hasNextPage: true },
    });
    const after = first.data.users.pageInfo.endCursor as string;
    const second = await world.query<any>(source, { first: 1, after }, asAda);
    expect(second.data.users).toMatchObject({ edges: [{ node: { id: viewerId } }], pageInfo: { hasNextPage: false } });

    const elsewhere = await world.query<any>(source, { after }, asBob);
    expect(codes(elsewhere.errors)).toEqual(['INVALID_INPUT']);
    const all = await world.query<any>(source, { first: null }, asBob);
    expect(all.data.users.edges.map((edge: any) => edge.node.id)).toEqual([bob.user.id]);
  });

  it.each([0, -1, 201])('refuses a page of %p', async (first) => {
    expect(codes((await world.query(source, { first }, asAda)).errors)).toEqual(['INVALID_INPUT']);
  });
});

describe('references', () => {
  it('resolve members of the tenant only, in one query', async () => {
    const ids = [ada.user.id, bob.user.id, viewerId, 'nonsense'];
    const r = ids.map((id) => ({ __typename: 'User', id }));
    const { database } = world.runtime.stores;
    const opened = jest.spyOn(database, 'withTenant');
    const { data } = await world.query<any>(ENTITIES, { r }, asViewer);
    expect(opened).toHaveBeenCalledTimes(1);
    opened.mockRestore();
    expect(data._entities).toEqual([
      { id: ada.user.id, displayName: 'Ada', email: null }, // a viewer knows the name, not the address
      null,
      { id: viewerId, displayName: 'Eve', email: expect.any(String) },
      null,
    ]);
  });

  it('resolve nothing for nobody', async () => {
    const r = [
      { __typename: 'User', id: ada.user.id },
      { __typename: 'Role', name: 'viewer' },
    ];
    expect((await world.query<any>(ENTITIES, { r })).data._entities).toEqual([null, null]);
  });

  it('resolve roles by name', async () => {
    const r = ['analyst', '__proto__'].map((name) => ({ __typename: 'Role', name }));
    expect((await world.query<any>(ENTITIES, { r }, asBob)).data._entities).toEqual([
      { name: 'analyst', permissions: ['create:reports', 'read:dashboards', 'read:data'] },
      null,
    ]);
  });
});

it('lists the built-in roles', async () => {
  const { data } = await world.query<any>(`{ roles { name permissions builtIn } }`, {}, asViewer);
  expect(data.roles.map((role: any) => role.name)).toEqual(['super_admin', 'tenant_admin', 'analyst', 'viewer']);
  const platform = data.roles.filter((role: any) => role.permissions.some((p: string) => p.startsWith('platform:')));
  expect(platform.map((role: any) => role.name)).toEqual(['super_admin']);
  expect(codes((await world.query(`{ roles { name } }`)).errors)).toEqual(['UNAUTHENTICATED']);
});
