import { openRevocations } from '../revocations';
import { eventually, startAuthWorld, type AuthWorld } from './auth-world';

let world: AuthWorld;
beforeAll(async () => {
  world = await startAuthWorld();
});
afterAll(() => world.close());

const signIn = async () => {
  const { session } = await world.register({});
  const identity = await world.identityOf(session!);
  const { sessionId } = identity.actor as { sessionId: string };
  return { session: session!, sessionId, logout: () => world.query(`mutation { logout { success } }`, {}, identity) };
};

it('knows at once who signed out, tells listeners, and nothing of others', async () => {
  const [one, two] = [await signIn(), await signIn()];
  const revocations = await openRevocations(world.runtime);
  const told: string[] = [];
  const stop = revocations.onRevoked((sessionId) => void told.push(sessionId));
  await one.logout();
  expect([revocations.isRevoked(one.sessionId), revocations.isRevoked(two.sessionId)]).toEqual([true, false]);
  expect(told).toEqual([one.sessionId]);

  stop();
  await world.refresh(two.session.refreshToken);
  await world.refresh(two.session.refreshToken); // a replay
  expect(revocations.isRevoked(two.sessionId)).toBe(true);
  expect(told).toEqual([one.sessionId]);
});

it('knows after a start what was revoked before it, as long as tokens live', async () => {
  const { sessionId, logout } = await signIn();
  await logout();
  world.clock.advance(14 * 60_000);
  expect((await openRevocations(world.runtime)).isRevoked(sessionId)).toBe(true);
  world.clock.advance(60_000);
  expect((await openRevocations(world.runtime)).isRevoked(sessionId)).toBe(false);
});

it('finds a revocation whose signal was lost within seconds', async () => {
  const { sessionId } = await signIn();
  const revocations = await openRevocations(world.runtime);
  await world.rows(`update auth.sessions set revoked_at = $1 where id = $2`, [world.clock.now(), sessionId]);
  expect(revocations.isRevoked(sessionId)).toBe(false);
  await eventually(async () => revocations.isRevoked(sessionId), 15_000);
});
