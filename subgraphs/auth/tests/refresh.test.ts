import { systemClock } from '../../kernel/clock';
import { audited, PASSWORD, startAuthWorld, type AuthWorld } from './auth-world';

const DAY_MS = 86_400_000;

let world: AuthWorld;
beforeAll(async () => {
  world = await startAuthWorld();
});
afterAll(() => world.close());

/** Signals on this tenant's revocation channel. */
async function revocations(tenantId: string): Promise<{ sessionId: string }[]> {
  const seen: { sessionId: string }[] = [];
  await world.runtime.stores.pubsub.subscribe<{ sessionId: string }>(
    { tenantId, topic: 'session.revoked' },
    (message) => void seen.push(message),
  );
  return seen;
}

it('exchanges a refresh token for the next one within the same session', async () => {
  const first = (await world.register({})).session!;
  world.clock.advance(10 * 60_000);
  const second = (await world.refresh(first.refreshToken)).session!;
  expect(second.refreshToken).not.toBe(first.refreshToken);
  const [before, after] = await Promise.all([first, second].map(({ accessToken }) => world.verify(accessToken)));
  expect(after).toMatchObject({ sub: before!.sub, sid: before!.sid, tenant_id: before!.tenant_id });
  expect(after!.jti).not.toBe(before!.jti);
  expect(after!.exp! - before!.exp!).toBe(600);
  const third = (await world.refresh(second.refreshToken)).session!;
  expect(third.user.id).toBe(first.user.id);
  expect(audited(await world.outbox(first.user.tenant.id))).toEqual([
    'auth.register success',
    'auth.refresh success',
    'auth.refresh success',
  ]);
});

it('ends the whole family when a token comes a second time, and tells everybody', async () => {
  const first = (await world.register({ email: 'family@example.com' })).session!;
  const tenantId = first.user.tenant.id;
  const other = (await world.login({ email: 'family@example.com', password: PASSWORD })).session!;
  const signals = await revocations(tenantId);
  const second = (await world.refresh(first.refreshToken)).session!;

  const replay = await world.refresh(first.refreshToken);
  expect(replay).toMatchObject({ session: null, userErrors: [{ code: 'REFRESH_TOKEN_REUSED' }] });
  const newest = await world.refresh(second.refreshToken);
  expect(newest).toMatchObject({ session: null, userErrors: [{ code: 'INVALID_CREDENTIALS' }] });

  const { sessionId } = (await world.identityOf(first)).actor as { sessionId: string };
  expect(signals).toMatchObject([{ sessionId }]);
  const outbox = await world.outbox(tenantId);
  expect(audited(outbox).filter((line) => line.startsWith('security'))).toEqual([
    'security.refresh_token_reused failure',
  ]);
  expect(outbox.filter(({ type }) => type === 'auth.session_revoked')).toMatchObject([
    { payload: { sessionId, tenantId, userId: first.user.id, reason: 'reuse' } },
  ]);
  // Another sign-in of the same person is another family.
  expect((await world.refresh(other.refreshToken)).session).not.toBeNull();
});

it('refuses a token after seven days, and one used daily never ends', async () => {
  const first = (await world.register({})).session!;
  world.clock.advance(7 * DAY_MS - 1_000);
  const second = (await world.refresh(first.refreshToken)).session!;
  world.clock.advance(7 * DAY_MS);
  expect(await world.refresh(second.refreshToken)).toMatchObject({ userErrors: [{ code: 'TOKEN_EXPIRED' }] });
});

it.each([
  ['made up', 'A'.repeat(43)],
  ['an access token', 'eyJhbGciOiJSUzI1NiJ9.e30.AAAA'],
  ['much too long', 'x'.repeat(5_000)],
  ['empty', ''],
  ['not ASCII', '令牌'],
])('refuses a token that is %s', async (_case, token) => {
  const { session, userErrors } = await world.refresh(token);
  expect(session).toBeNull();
  expect(['INVALID_CREDENTIALS', 'INVALID_INPUT']).toContain(userErrors[0]!.code);
});

it('renews the roles, and ends the session of somebody who has left the tenant', async () => {
  const first = (await world.register({})).session!;
  const { tenant, id } = first.user;
  await world.rows(`update auth.memberships set roles = '{viewer}' where tenant_id = $1 and user_id = $2`, [
    tenant.id,
    id,
  ]);
  const second = (await world.refresh(first.refreshToken)).session!;
  expect((await world.verify(second.accessToken)).permissions).toEqual(['read:dashboards', 'read:reports']);
  await world.rows(`delete from auth.memberships where tenant_id = $1 and user_id = $2`, [tenant.id, id]);
  expect(await world.refresh(second.refreshToken)).toMatchObject({ userErrors: [{ code: 'INVALID_CREDENTIALS' }] });
});

it('gives two requests that were on their way together one token, and harms neither', async () => {
  // A clock that moves: what was sent before the other was answered is told by time.
  const live = await startAuthWorld({ clock: systemClock });
  try {
    for (let round = 0; round < 5; round++) {
      const { refreshToken } = (await live.register({})).session!;
      const answers = await Promise.all([live.refresh(refreshToken), live.refresh(refreshToken)]);
      const winner = answers.find(({ session }) => session)!;
      const loser = answers.find(({ session }) => !session)!;
      expect(loser.userErrors).toMatchObject([{ code: 'CONFLICT' }]);
      // The winner's token is the one that counts, and a later replay is still found out.
      const next = (await live.refresh(winner.session!.refreshToken)).session!;
      expect(await live.refresh(refreshToken)).toMatchObject({ userErrors: [{ code: 'REFRESH_TOKEN_REUSED' }] });
      expect((await live.refresh(next.refreshToken)).session).toBeNull();
    }
  } finally {
    await live.close();
  }
});
