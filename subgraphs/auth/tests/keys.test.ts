import { decodeProtectedHeader } from 'jose';
import { freezeIdentity } from '../../kernel/identity';
import { ManualClock } from '../../kernel/clock';
import { PLATFORM_TENANT } from '../../kernel/ids';
import { createTestDatabase } from '../../kernel/testing/postgres';
import { audited, startAuthWorld, type AuthWorld } from './auth-world';

const ROTATE = `mutation { rotateSigningKey { keyId userErrors { code } } }`;

let world: AuthWorld;
beforeAll(async () => {
  world = await startAuthWorld();
});
afterAll(() => world.close());

/** A super admin of a tenant of its own. */
async function superAdmin(at: AuthWorld = world) {
  const { session } = await at.register({});
  return freezeIdentity({ ...(await at.identityOf(session!)), permissions: ['platform:keys'] });
}

const rotate = async (at: AuthWorld = world): Promise<string> => {
  const { data, errors } = await at.query<any>(ROTATE, {}, await superAdmin(at));
  expect(errors).toEqual([]);
  return data.rotateSigningKey.keyId as string;
};
const kidOf = (token: string) => decodeProtectedHeader(token).kid;

it('publishes public halves only', async () => {
  const { keys } = await world.jwks();
  expect(keys).toHaveLength(1);
  expect(Object.keys(keys[0]!).sort()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use']);
  expect(Buffer.from(keys[0]!.n!, 'base64url')).toHaveLength(256);
});

it('keeps private halves encrypted', async () => {
  const [row] = await world.rows<{ private_key: Buffer }>(`select private_key from auth.signing_keys`);
  expect(row!.private_key.toString('latin1')).not.toContain('PRIVATE KEY');
});

it('is for the operator of the installation alone', async () => {
  const { session } = await world.register({});
  const { errors } = await world.query(ROTATE, {}, await world.identityOf(session!));
  expect(errors[0]!.extensions.code).toBe('FORBIDDEN');
  expect((await world.query(ROTATE)).errors[0]!.extensions.code).toBe('UNAUTHENTICATED');
  expect((await world.jwks()).keys).toHaveLength(1);
});

it('signs with the new key after a rotation, while tokens of the old one verify until they end', async () => {
  const world = await startAuthWorld();
  const before = (await world.register({})).session!.accessToken;
  const kid = await rotate(world);
  const after = (await world.register({})).session!.accessToken;
  expect(kidOf(after)).toBe(kid);
  expect(kidOf(before)).not.toBe(kid);
  expect((await world.jwks()).keys.map((key) => key.kid).sort()).toEqual([kidOf(before)!, kid].sort());
  await expect(world.verify(before)).resolves.toMatchObject({ aud: 'datairis' });
  await expect(world.verify(after)).resolves.toMatchObject({ aud: 'datairis' });

  world.clock.advance(899_000);
  await expect(world.verify(before)).resolves.toBeDefined();
  world.clock.advance(2_000);
  await expect(world.verify(before)).rejects.toThrow(/"exp"/);
  world.clock.advance(10 * 60_000);
  expect((await world.jwks()).keys.map((key) => key.kid)).toEqual([kid]);

  // The retired key's private half is gone, and its row with the next rotation.
  const next = await rotate(world);
  const rows = await world.rows(`select kid, private_key is null as gone from auth.signing_keys order by created_at`);
  expect(rows).toEqual([
    { kid, gone: true },
    { kid: next, gone: false },
  ]);
  expect(audited(await world.outbox(PLATFORM_TENANT))).toEqual(Array(2).fill('auth.rotate_signing_key success'));
  await world.close();
});

it('makes one key when several processes start together, and keeps it over a restart', async () => {
  const database = await createTestDatabase();
  const worlds = await Promise.all([1, 2, 3].map(() => startAuthWorld({ database })));
  const kids = await Promise.all(worlds.map(async (one) => kidOf((await one.register({})).session!.accessToken)));
  expect(new Set(kids).size).toBe(1);
  const token = (await worlds[0]!.register({})).session!.accessToken;
  await Promise.all(worlds.map((one) => one.close(true)));

  const again = await startAuthWorld({ database });
  expect((await again.jwks()).keys.map((key) => key.kid)).toEqual([kids[0]]);
  await expect(again.verify(token)).resolves.toBeDefined();
  await again.close();
});

it('lets another process that missed the signal find the new key within a minute', async () => {
  const clock = new ManualClock();
  const other = await startAuthWorld({ database: world.database, clock });
  try {
    const old = kidOf((await other.register({})).session!.accessToken);
    const kid = await rotate();
    expect(kidOf((await other.register({})).session!.accessToken)).toBe(old);
    clock.advance(60_000);
    expect(kidOf((await other.register({})).session!.accessToken)).toBe(kid);
  } finally {
    await other.close(true);
  }
});

it('survives rotations at the same moment', async () => {
  const identity = await superAdmin();
  const before = (await world.jwks()).keys.length;
  const answers = await Promise.all([1, 2, 3].map(() => world.query<any>(ROTATE, {}, identity)));
  expect(answers.flatMap(({ errors }) => errors)).toEqual([]);
  const current = await world.rows<{ kid: string }>(`select kid from auth.signing_keys where retired_at is null`);
  expect(current).toHaveLength(1);
  expect(kidOf((await world.register({})).session!.accessToken)).toBe(current[0]!.kid);
  expect((await world.jwks()).keys).toHaveLength(before + 3);
});

it.each([
  ['another audience', (token: string) => token.replace(/\.[^.]+\./, `.${payload({ aud: 'elsewhere' })}.`)],
  ['no signature', (token: string) => `${token.split('.').slice(0, 2).join('.')}.`],
  ['algorithm none', (token: string) => `${payload({ alg: 'none' })}.${token.split('.')[1]}.`],
])('a token with %s does not verify', async (_case, forge) => {
  const { session } = await world.register({});
  await expect(world.verify(forge(session!.accessToken))).rejects.toThrow();
});

const payload = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
