import { Writable } from 'node:stream';
import { parseEnv, EnvError } from '../env/env';
import { dataEnv, processEnv, storesEnv } from '../env/groups';
import { fingerprint } from '../fingerprint';
import { readiness } from '../health';
import { anonymousIdentity, createIdentitySigner, createIdentityVerifier, generateInternalKeys } from '../identity';
import { Lifecycle } from '../lifecycle';
import { createLogger, requestLogger } from '../logger';
import { expandPermissions } from '../permissions';
import { createSecrets } from '../secrets';

const silent = createLogger({ service: 'test', level: 'silent' });

describe('the environment', () => {
  it('reports every problem of every group at once', () => {
    const source = { PORT: 'abc', LOG_LEVEL: 'loud', REDIS_URL: 'http://x', DATAIRIS_SECRET: 'short' };
    const failure = () => parseEnv({ process: processEnv, data: dataEnv, stores: storesEnv }, source);
    expect(failure).toThrow(EnvError);
    expect(failure).toThrow(/PORT[^]*LOG_LEVEL[^]*DATAIRIS_SECRET[^]*REDIS_URL/);
  });

  it('takes an empty variable for none', () => {
    expect(parseEnv({ process: processEnv }, { PORT: '' }).process.PORT).toBe(4000);
  });
});

describe('logs', () => {
  it('carry request and tenant, and no secret', () => {
    const lines: string[] = [];
    const destination = new Writable({
      write: (chunk: Buffer, _encoding, done) => (lines.push(chunk.toString()), done()),
    });
    const log = requestLogger(createLogger({ service: 'test', destination }), 'r1', 't1');
    log.info({ password: 'p1', user: { refreshToken: 'p2' }, a: { b: { authorization: 'p3' } } }, 'hello');
    expect(JSON.parse(lines[0]!)).toMatchObject({
      service: 'test',
      request_id: 'r1',
      tenant_id: 't1',
      msg: 'hello',
      level: 'info',
    });
    expect(lines[0]).not.toMatch(/p1|p2|p3/);
  });
});

describe('lifecycle', () => {
  it('stops in reverse order, every resource, once', async () => {
    const stopped: string[] = [];
    const lifecycle = new Lifecycle(silent);
    lifecycle.own('first', () => void stopped.push('first'));
    lifecycle.own('broken', () => Promise.reject(new Error('no')));
    lifecycle.own('last', () => void stopped.push('last'));
    await Promise.all([lifecycle.stop(), lifecycle.stop()]);
    expect(stopped).toEqual(['last', 'first']);
  });

  it('does not wait for ever for one that hangs', async () => {
    const stopped: string[] = [];
    const lifecycle = new Lifecycle(silent, 20);
    lifecycle.own('first', () => void stopped.push('first'));
    lifecycle.own('hangs', () => new Promise(() => undefined));
    await lifecycle.stop();
    expect(stopped).toEqual(['first']);
  });
});

it('readiness names what is wrong', async () => {
  const fails = { name: 'b', check: () => Promise.reject(new Error('no route')) };
  const result = await readiness([{ name: 'a', check: async () => undefined }, fails]);
  expect(result).toEqual({ ready: false, checks: { a: { ok: true }, b: { ok: false, error: 'no route' } } });
});

describe('internal identity', () => {
  it('holds for its audience only, and only as signed', async () => {
    const [ours, theirs] = await Promise.all([generateInternalKeys(), generateInternalKeys()]);
    const identity = anonymousIdentity('r1', '::1');
    const verifier = createIdentityVerifier(ours.publicKey);
    const token = await createIdentitySigner(ours.privateKey).sign(identity, 'auth');
    const verified = await verifier.verify(token, 'auth');
    expect(verified).toEqual(identity);
    expect(Object.isFrozen(verified) && Object.isFrozen(verified.permissions)).toBe(true);

    const forged = await createIdentitySigner(theirs.privateKey).sign(identity, 'auth');
    const [head, , tail] = token.split('.');
    const changed = [
      head,
      Buffer.from('{"iss":"datairis-gateway","aud":"auth","exp":9999999999}').toString('base64url'),
      tail,
    ].join('.');
    for (const bad of [forged, changed, '', 'a.b.c']) {
      await expect(verifier.verify(bad, 'auth')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    }
    await expect(verifier.verify(token, 'tenants')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });
});

describe('secrets', () => {
  const secrets = createSecrets(Buffer.alloc(32, 1));

  it('decrypt only under the same context and purpose, unchanged', () => {
    const cipher = secrets.encrypt('key', 'tenant-1', 'hello');
    expect(secrets.decrypt('key', 'tenant-1', cipher).toString()).toBe('hello');
    expect(() => secrets.decrypt('key', 'tenant-2', cipher)).toThrow();
    expect(() => secrets.decrypt('other', 'tenant-1', cipher)).toThrow();
    cipher[cipher.length - 1]! ^= 1;
    expect(() => secrets.decrypt('key', 'tenant-1', cipher)).toThrow();
  });

  it('refuse a signature of another text', () => {
    expect(secrets.verify('url', 'a', secrets.sign('url', 'a'))).toBe(true);
    expect(secrets.verify('url', 'b', secrets.sign('url', 'a'))).toBe(false);
    expect(secrets.verify('url', 'a', '')).toBe(false);
  });
});

describe('fingerprint', () => {
  const who = { tenantId: 't1', permissions: ['b', 'a'], locale: 'en', timeZone: 'UTC' };
  const what = { operation: 'op', variables: { x: 1, y: [2] } };

  it('is the same for the same question, whatever the order of keys and permissions', () => {
    const again = { operation: 'op', variables: { y: [2], x: 1 } };
    expect(fingerprint({ ...who, permissions: ['a', 'b'] }, again)).toBe(fingerprint(who, what));
  });

  it.each([
    ['tenant', { ...who, tenantId: 't2' }, what],
    ['permission', { ...who, permissions: ['a'] }, what],
    ['row policy', who, { ...what, policies: ['p1=3'] }],
    ['variable', who, { ...what, variables: { x: 2, y: [2] } }],
    ['data version', who, { ...what, dataVersion: '7' }],
  ])('differs by %s', (_what, identity, parts) => {
    expect(fingerprint(identity, parts)).not.toBe(fingerprint(who, what));
  });
});

it('wildcards grant what exists, and a tenant never the platform', () => {
  expect(expandPermissions(['*'])).toContain('platform:keys');
  expect(expandPermissions(['tenant:*'])).not.toContain('platform:keys');
  expect(expandPermissions(['read:data', 'made:up'])).toEqual(['read:data']);
});
