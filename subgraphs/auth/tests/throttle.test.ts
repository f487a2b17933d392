import bcrypt from 'bcrypt';
import { systemClock } from '../../kernel/clock';
import { anonymous, audited, PASSWORD, startAuthWorld, type AuthWorld } from './auth-world';

const LOCKOUT_SECONDS = 4;

let world: AuthWorld;
let email: string;
let home: string;
let tenantId: string;
let tests = 0;
beforeAll(async () => {
  const env = { AUTH_REGISTRATIONS_PER_HOUR: 3, AUTH_LOCKOUT_SECONDS: LOCKOUT_SECONDS };
  // The limiter counts in real time.
  world = await startAuthWorld({ env, clock: systemClock });
});
afterAll(() => world.close());
// Each test has an e-mail and an address of its own.
beforeEach(async () => {
  tests += 1;
  email = `target${tests}@example.com`;
  home = `203.0.113.${tests}`;
  tenantId = (await world.register({ email }, anonymous(null))).session!.user.tenant.id;
});

const login = (password: string, address = home, to = email) =>
  world.login({ email: to, password }, anonymous(address));
const attempt = async (...args: Parameters<typeof login>) => {
  const { session, userErrors } = await login(...args);
  return session ? 'in' : userErrors[0]!.code;
};
const fail = (times: number) => Promise.all(Array.from({ length: times }, () => attempt('wrong horse battery')));

it('locks an e-mail out from one address after five wrong passwords, for a while', async () => {
  expect(await fail(5)).toEqual(Array(5).fill('INVALID_CREDENTIALS'));
  const compare = jest.spyOn(bcrypt, 'compare');
  expect(await attempt(PASSWORD)).toBe('RATE_LIMITED');
  const { userErrors } = await login(PASSWORD);
  expect(userErrors[0]!.message).toMatch(/^Too many attempts\. Try again in [1-4] seconds\.$/);
  expect(compare).not.toHaveBeenCalled();
  compare.mockRestore();

  // Told once, not for every knock at the locked door.
  const told = audited(await world.outbox(tenantId)).filter((line) => line.startsWith('security'));
  expect(told).toEqual(['security.login_locked failure']);
  expect(await attempt(PASSWORD, '198.51.100.1')).toBe('in');

  await new Promise((resolve) => setTimeout(resolve, LOCKOUT_SECONDS * 1_000 + 100));
  expect(await attempt(PASSWORD)).toBe('in');
});

it('lets no more through when all come at once', async () => {
  const answers = await fail(10);
  expect(answers.filter((code) => code === 'INVALID_CREDENTIALS')).toHaveLength(5);
  expect(answers.filter((code) => code === 'RATE_LIMITED')).toHaveLength(5);
});

it('forgets wrong passwords after a right one', async () => {
  for (let round = 0; round < 2; round++) {
    expect(await fail(4)).toEqual(Array(4).fill('INVALID_CREDENTIALS'));
    expect(await attempt(PASSWORD)).toBe('in');
  }
});

it('locks an address out that tries many e-mails, an IPv6 network as one, and its right passwords do not help', async () => {
  const from = (i: number) => `2001:db8:1:2::${i.toString(16)}`;
  for (let i = 1; i <= 11; i++) {
    expect(await attempt(PASSWORD, from(i), `nobody${i}@example.com`)).toBe('INVALID_CREDENTIALS');
  }
  expect(await attempt(PASSWORD, from(98))).toBe('in');
  expect(await attempt(PASSWORD, from(99))).toBe('RATE_LIMITED');
  expect(await attempt(PASSWORD, '2001:db8:1:3::1')).toBe('in');
});

it('lets nobody in while it cannot count', async () => {
  const consume = jest.spyOn(world.runtime.stores.rateLimiter, 'consume').mockRejectedValue(new Error('gone'));
  await expect(login(PASSWORD)).rejects.toMatchObject({ extensions: { code: 'INTERNAL' } });
  consume.mockRestore();
  expect(await attempt(PASSWORD)).toBe('in');
});

it('limits registrations by address', async () => {
  const from = anonymous('198.51.100.9');
  for (let i = 0; i < 3; i++) expect((await world.register({}, from)).session).not.toBeNull();
  expect(await world.register({}, from)).toMatchObject({ session: null, userErrors: [{ code: 'RATE_LIMITED' }] });
  expect((await world.register({}, anonymous('198.51.100.10'))).session).not.toBeNull();
});
