import type { JSONWebKeySet } from 'jose';
import { createAccessTokenVerifier } from '../authorization/access-token';
import { cachedJwks } from '../authorization/jwks';
import { createKeys, signToken, type Keys } from './support/gateway';

let first: Keys;
let second: Keys;
beforeAll(async () => {
  [first, second] = [await createKeys('key-1'), await createKeys('key-2')];
});

/** A source whose keys, health and time a test sets. */
function createSource(keys: () => JSONWebKeySet) {
  const source = { loads: 0, down: false, time: Date.now() };
  const now = (): number => source.time;
  const verify = createAccessTokenVerifier({
    now,
    keys: cachedJwks({
      load: async () => {
        source.loads++;
        if (source.down) throw new Error('connect ECONNREFUSED');
        return keys();
      },
      now,
    }),
  });
  return Object.assign(source, { verify });
}

it('fetches keys when the first token comes, and once for many at the same time', async () => {
  const source = createSource(() => first.jwks);
  expect(source.loads).toBe(0);
  const tokens = await Promise.all(Array.from({ length: 5 }, () => signToken(first)));
  const claims = await Promise.all(tokens.map((token) => source.verify(token)));
  expect(claims.map(({ sub }) => sub)).toEqual(Array(5).fill('user-1'));
  expect(source.loads).toBe(1);
});

it('takes a rotated key at once, and asks for unknown ones no more than once in the cool-down', async () => {
  let published = first.jwks;
  const source = createSource(() => published);
  await source.verify(await signToken(first));
  published = { keys: [...first.jwks.keys, ...second.jwks.keys] };
  await source.verify(await signToken(second));
  expect(source.loads).toBe(2);
  for (let n = 0; n < 20; n++) {
    const forged = await signToken({ ...first, kid: `forged-${n}` });
    await expect(source.verify(forged)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  }
  expect(source.loads).toBe(2);
  source.time += 11_000;
  await expect(source.verify(await signToken({ ...first, kid: 'forged' }))).rejects.toMatchObject({
    code: 'UNAUTHENTICATED',
  });
  expect(source.loads).toBe(3);
});

it('says that signing in cannot be checked while there are no keys, and recovers', async () => {
  const source = createSource(() => first.jwks);
  source.down = true;
  const token = await signToken(first);
  await expect(source.verify(token)).rejects.toMatchObject({ code: 'UNAVAILABLE', details: { retryAfterSeconds: 5 } });
  await expect(source.verify(token)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  expect(source.loads).toBe(1);
  source.down = false;
  source.time += 1_500;
  expect((await source.verify(token)).sub).toBe('user-1');
});

it('goes on with known keys while the source is down', async () => {
  const source = createSource(() => first.jwks);
  await source.verify(await signToken(first));
  source.down = true;
  source.time += 700_000;
  expect((await source.verify(await signToken(first, { expiresIn: 3_600 }))).sub).toBe('user-1');
  await new Promise((resolve) => setImmediate(resolve));
  expect(source.loads).toBe(2);
});

it('does not serve a verified token after its end', async () => {
  const source = createSource(() => first.jwks);
  const token = await signToken(first, { expiresIn: 100 });
  await source.verify(token);
  await source.verify(token);
  source.time += 101_000;
  await expect(source.verify(token)).rejects.toMatchObject({ code: 'TOKEN_EXPIRED' });
});

it('refuses other algorithms, a token without an end, and claims that are not ours', async () => {
  const source = createSource(() => first.jwks);
  const { SignJWT } = await import('jose');
  const base = () =>
    new SignJWT({ sid: 's', permissions: [] })
      .setSubject('u')
      .setIssuer('datairis')
      .setAudience('datairis')
      .setIssuedAt();
  const header = { alg: 'RS256', kid: 'key-1' };
  const endless = await base().setProtectedHeader(header).sign(first.privateKey);
  const symmetric = await base()
    .setProtectedHeader({ alg: 'HS256', kid: 'key-1' })
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode('x'.repeat(32)));
  const odd = await new SignJWT({ permissions: 'all' })
    .setSubject('u')
    .setIssuer('datairis')
    .setAudience('datairis')
    .setIssuedAt()
    .setExpirationTime('1h')
    .setProtectedHeader(header)
    .sign(first.privateKey);
  for (const token of [endless, symmetric, odd])
    await expect(source.verify(token)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
});
