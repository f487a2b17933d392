import bcrypt from 'bcrypt';
import { anonymous, audited, PASSWORD, startAuthWorld, type AuthWorld } from './auth-world';

let world: AuthWorld;
let email: string;
let home: string;
let tenantId: string;
let tests = 0;
beforeAll(async () => {
  world = await startAuthWorld({ env: { AUTH_REGISTRATIONS_PER_HOUR: 3 } });
});
afterAll(() => world.close());
// Each test has an e-mail and an address of its own.
beforeEach(async () => {
  tests += 1;
  email = `target${tests}@example.com`;
  home = `203.0.113.${tests}`;
  tenantId = (await world.register({ email }, anonymous(null))).session!.user.tenant.id;
});

const attempt = async (password: string, address = home, to = email) => {
  const { session, userErrors } = await world.login({ email: to, password }, anonymous(address));
  return session ? 'in' : userErrors[0]!.code;
};

it('locks an e-mail out from one address after five wrong passwords, for a quarter of an hour', async () => {
  for (let i = 0; i < 5; i++) expect(await attempt('wrong horse battery')).toBe('INVALID_CREDENTIALS');

  const compare = jest.spyOn(bcrypt, 'compare');
  expect(await attempt(PASSWORD)).toBe('RATE_LIMITED');
  expect(await attempt(PASSWORD)).toBe('RATE_LIMITED');
  expect(compare).not.toHaveBeenCalled();
  compare.mockRestore();
  // Told once, not for every knock at the locked door.
  const told = audited(await world.outbox(tenantId)).filter((line) => line.startsWith('security'));
  expect(told).toEqual(['security.login_locked failure']);

  expect(await attempt(PASSWORD, '198.51.100.1')).toBe('in');
  world.clock.advance(899_000);
  expect(await attempt(PASSWORD)).toBe('RATE_LIMITED');
  world.clock.advance(1_000);
  expect(await attempt(PASSWORD)).toBe('in');
});

it('says when to come again', async () => {
  for (let i = 0; i < 5; i++) await attempt('wrong horse battery');
  world.clock.advance(60_000);
  const source = `mutation($input: LoginInput!) { login(input: $input) { userErrors { code message } } }`;
  const { data } = await world.query(source, { input: { email, password: PASSWORD } }, anonymous(home));
  expect(data).toMatchObject({ login: { userErrors: [{ message: 'Too many attempts. Try again in 14 minutes.' }] } });
});

it('lets no more through when all come at once', async () => {
  const answers = await Promise.all(Array.from({ length: 10 }, () => attempt('wrong horse battery')));
  expect(answers.filter((code) => code === 'INVALID_CREDENTIALS').length).toBe(5);
  expect(answers.filter((code) => code === 'RATE_LIMITED').length).toBe(5);
});

it('forgets wrong passwords after a right one', async () => {
  for (let round = 0; round < 2; round++) {
    for (let i = 0; i < 4; i++) expect(await attempt('wrong horse battery')).toBe('INVALID_CREDENTIALS');
    expect(await attempt(PASSWORD)).toBe('in');
  }
});

it('locks an address out that tries many e-mails, an IPv6 network as one', async () => {
  const from = (i: number) => `2001:db8:1:2::${i.toString(16)}`;
  for (let i = 1; i <= 12; i++) {
    expect(await attempt(PASSWORD, from(i), `nobody${i}@example.com`)).toBe('INVALID_CREDENTIALS');
  }
  expect(await attempt(PASSWORD, from(99))).toBe('RATE_LIMITED');
  expect(await attempt(PASSWORD, '2001:db8:1:3::1')).toBe('in');
});

it('does not count right passwords against an address', async () => {
  for (let i = 0; i < 20; i++) expect(await attempt(PASSWORD)).toBe('in');
});

it('limits registrations by address', async () => {
  const from = anonymous('198.51.100.9');
  for (let i = 0; i < 3; i++) expect((await world.register({}, from)).session).not.toBeNull();
  expect(await world.register({}, from)).toMatchObject({ session: null, userErrors: [{ code: 'RATE_LIMITED' }] });
  expect((await world.register({}, anonymous('198.51.100.10'))).session).not.toBeNull();
});

it('keeps no e-mail and no address in its table', async () => {
  await attempt('wrong horse battery');
  const rows = await world.rows<{ key: string }>(`select key from auth.attempts`);
  expect(rows.length).toBeGreaterThanOrEqual(2);
  for (const { key } of rows) expect(key).toMatch(/^[0-9a-f]{64}$/);
});
