import { openDatabase, type Database } from '../database/database';
import { sqlMigration, tenantWall } from '../database/migrations';
import { newId } from '../ids';
import { createTestDatabase, testSecrets, type TestDatabase } from '../testing/postgres';

const notes = sqlMigration(
  1_764_000_000_000,
  'CreateNotes',
  `create table notes (tenant_id uuid not null, id uuid not null, text text not null, primary key (tenant_id, id)); ${tenantWall('notes')}`,
);

let server: TestDatabase;
let database: Database;
const [ours, theirs] = [{ tenantId: newId() }, { tenantId: newId() }];

const write = (scope: { tenantId: string }, tenantId = scope.tenantId) =>
  database.withTenant(scope, (tx) => tx.query('insert into notes values ($1, $2, $3)', [tenantId, newId(), 'text']));
const count = (scope: { tenantId: string }): Promise<number> =>
  database.withTenant(scope, async (tx) => Number((await tx.query('select count(*) as n from notes'))[0].n));

beforeAll(async () => {
  server = await createTestDatabase();
  database = await openDatabase({
    adminUrl: server.adminUrl,
    schema: 'notes_test',
    secrets: testSecrets,
    migrations: [notes],
  });
});

afterAll(async () => {
  await database?.close();
  await server?.drop();
});

describe('withTenant', () => {
  it('shows a tenant its own rows only', async () => {
    await write(ours);
    expect(await count(ours)).toBe(1);
    expect(await count(theirs)).toBe(0);
  });

  it('refuses a row written for another tenant', async () => {
    await expect(write(ours, theirs.tenantId)).rejects.toMatchObject({ code: '42501' });
  });

  it('refuses to work without a tenant', () => {
    expect(() => database.withTenant({ tenantId: null }, async () => 1)).toThrow(/Sign in/);
  });

  it('never mixes tenants on pooled connections', async () => {
    const tenants = Array.from({ length: 20 }, () => ({ tenantId: newId() }));
    await Promise.all(tenants.flatMap((tenant) => Array.from({ length: 10 }, () => write(tenant))));
    expect(await Promise.all(tenants.map(count))).toEqual(tenants.map(() => 10));
  });

  it('leaves no tenant behind on a connection after a failure', async () => {
    await expect(database.withTenant(ours, (tx) => tx.query('select 1/0'))).rejects.toMatchObject({ code: '22012' });
    const seen = await Promise.all(Array.from({ length: 20 }, () => count(theirs)));
    expect(seen.every((n) => n === 0)).toBe(true);
  });

  it('keeps the control plane from tables nobody granted it', async () => {
    await expect(database.control((tx) => tx.query('select * from notes'))).rejects.toMatchObject({ code: '42501' });
  });

  it('lets the app role neither drop the wall nor become another role', async () => {
    await expect(
      database.withTenant(ours, (tx) => tx.query('alter table notes disable row level security')),
    ).rejects.toThrow(/owner/);
    await expect(database.withTenant(ours, (tx) => tx.query('set role di_notes_test_owner'))).rejects.toThrow(
      /permission denied/,
    );
  });
});

it('opens twice side by side and applies each migration once', async () => {
  const again = await Promise.all(
    [1, 2, 3].map(() =>
      openDatabase({ adminUrl: server.adminUrl, schema: 'notes_twice', secrets: testSecrets, migrations: [notes] }),
    ),
  );
  const tables = await again[0]!.withTenant(ours, (tx) => tx.query('select count(*) as n from notes'));
  expect(tables).toEqual([{ n: '0' }]);
  await Promise.all(again.map((each) => each.close()));
});
