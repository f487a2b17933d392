import { sweepOnce } from '../sweep';
import { PASSWORD, startAuthWorld } from './auth-world';

it('removes what ended more than a day ago, and nothing else', async () => {
  const world = await startAuthWorld();
  try {
    const { session } = await world.register({ email: 'sweep@example.com' });
    world.clock.advance(6 * 86_400_000);
    const kept = (await world.login({ email: 'sweep@example.com', password: PASSWORD })).session!;
    world.clock.advance(2 * 86_400_000 + 1_000);
    await sweepOnce(world.runtime);
    expect(await world.refresh(session!.refreshToken)).toMatchObject({ userErrors: [{ code: 'INVALID_CREDENTIALS' }] });
    expect((await world.refresh(kept.refreshToken)).session).not.toBeNull();
    expect(await world.rows(`select count(*)::int as n from auth.sessions`)).toEqual([{ n: 1 }]);
  } finally {
    await world.close();
  }
});
