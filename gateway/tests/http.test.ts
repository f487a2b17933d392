import { request as httpRequest, type IncomingMessage } from 'node:http';
import { Writable } from 'node:stream';
import { createLogger } from '../../subgraphs/kernel/logger';
import { newId } from '../../subgraphs/kernel/ids';
import { until } from './support/socket';
import { createKeys, signToken, startGateway, type RunningGateway } from './support/gateway';
import { compose, inProcessTransports, type InProcessTransport } from './support/federation';
import { SHOP } from './support/shop';

const ME = { query: '{ me { name } }' };

interface Answer {
  data?: unknown;
  errors?: { message: string; extensions: { code: string; request_id?: string } }[];
}
const json = async (response: Response): Promise<Answer> => (await response.json()) as Answer;

describe.each([
  ['the short way', false],
  ['Apollo Server', true],
])('GraphQL over HTTP through %s', (_name, apolloOnly) => {
  let running: RunningGateway;
  beforeAll(async () => {
    running = await startGateway(SHOP, { apolloOnly, anonymousLimiter: null });
  });
  afterAll(() => running.lifecycle.stop());

  it('answers a query and a mutation', async () => {
    const response = await running.post(ME);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    expect(await json(response)).toEqual({ data: { me: { name: 'Ada' } } });
    const mutation = {
      query: 'mutation M($n: String!) { rename(id: "p1", name: $n) { name } }',
      variables: { n: 'New' },
      operationName: 'M',
    };
    expect(await json(await running.post(mutation))).toEqual({ data: { rename: { name: 'New' } } });
  });

  it('speaks application/graphql-response+json when asked', async () => {
    const headers = { accept: 'application/graphql-response+json' };
    const good = await running.post(ME, headers);
    expect(good.headers.get('content-type')).toMatch(/^application\/graphql-response\+json/);
    const bad = await running.post({ query: '{ nope }' }, headers);
    expect(bad.status).toBe(400);
    expect((await json(bad)).errors![0]!.extensions.code).toBe('UNKNOWN_FIELD');
  });

  it('hands the verified identity to subgraphs', async () => {
    const token = await running.token({ sub: 'u-7', permissions: ['read:data'] });
    await running.post(ME, { authorization: `Bearer ${token}`, 'x-request-id': 'my-request-1' });
    const { identity } = running.transports.get('accounts')!.requests.at(-1)!;
    expect(identity).toMatchObject({
      tenantId: '01900000-0000-7000-8000-000000000001',
      actor: { kind: 'user', userId: 'u-7', sessionId: 's-1' },
      permissions: ['read:data'],
      requestId: 'my-request-1',
    });
    expect(Object.isFrozen(identity) && Object.isFrozen(identity.permissions)).toBe(true);
  });

  it.each([
    [
      'forged',
      async (running: RunningGateway) => signToken({ ...(await createKeys()), kid: running.keys.kid }),
      'UNAUTHENTICATED',
    ],
    ['of an unknown key', async () => signToken(await createKeys()), 'UNAUTHENTICATED'],
    ['expired', (running: RunningGateway) => running.token({ expiresIn: -5 }), 'TOKEN_EXPIRED'],
    ['of another issuer', (running: RunningGateway) => running.token({ issuer: 'evil' }), 'UNAUTHENTICATED'],
    ['for another audience', (running: RunningGateway) => running.token({ audience: 'other' }), 'UNAUTHENTICATED'],
    ['unsigned', async () => `${btoa('{"alg":"none"}')}.${btoa('{"sub":"1"}')}.`, 'UNAUTHENTICATED'],
    ['nonsense', async () => 'nonsense', 'UNAUTHENTICATED'],
    ['empty', async () => '', 'UNAUTHENTICATED'],
  ])('a token that is %s is 401, never anonymous', async (_kind, make, code) => {
    const asked = running.transports.get('accounts')!.requests.length;
    const response = await running.post(ME, { authorization: `Bearer ${await make(running)}` });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toContain('Bearer');
    const { data, errors } = await json(response);
    expect(data).toBeUndefined();
    expect(errors![0]!.extensions.code).toBe(code);
    expect(running.transports.get('accounts')!.requests.length).toBe(asked);
  });

  it.each([
    ['an unknown field', '{ nope }', 'UNKNOWN_FIELD'],
    ['30 levels', `{ me ${'{ bestFriend '.repeat(28)}{ name }${' }'.repeat(28)} }`, 'QUERY_TOO_COMPLEX'],
    ['a syntax error', '{ me { ', 'BAD_REQUEST'],
  ])('%s has its code', async (_kind, query, code) => {
    expect((await json(await running.post({ query }))).errors![0]!.extensions.code).toBe(code);
  });

  it('refuses what is not one operation in JSON', async () => {
    for (const body of [
      '[{"query":"{me{name}}"}]',
      '{"query":5}',
      '{"query":"{me{name}}","variables":"x"}',
      '{"query":',
      '""',
      '{}',
    ]) {
      const response = await running.post(body);
      expect({ body, status: response.status }).toEqual({ body, status: 400 });
      expect((await json(response)).errors![0]!.extensions.code).toBe('BAD_REQUEST');
    }
  });

  it('a request that a page of another origin could send without asking is refused', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
      const response = await running.post('{"query":"mutation{setPrice(id:\\"p1\\",price:1){price}}"}', {
        'content-type': type,
      });
      expect([400, 415]).toContain(response.status);
      expect((await json(response)).data).toBeUndefined();
    }
    const get = await fetch(`${running.url}/graphql?query={me{name}}`);
    expect(get.status).toBe(400);
    const preflighted = await fetch(`${running.url}/graphql?query={me{name}}`, {
      headers: { 'apollo-require-preflight': '1' },
    });
    expect(await json(preflighted)).toEqual({ data: { me: { name: 'Ada' } } });
    const mutation = await fetch(`${running.url}/graphql?query=mutation{setPrice(id:"p1",price:1){price}}`, {
      headers: { 'apollo-require-preflight': '1' },
    });
    expect(mutation.status).toBe(405);
  });

  it('a dead subgraph costs its fields only', async () => {
    const reviews = running.transports.get('reviews')!;
    reviews.intercept = () => Promise.reject(new Error('ECONNREFUSED'));
    const { data, errors } = await json(
      await running.post({ query: '{ user(id: "a1") { name } topReviews { id } }' }).then((r) => r),
    );
    reviews.intercept = undefined;
    expect(errors![0]!.extensions.code).toBe('UNAVAILABLE');
    expect(data).toBeNull(); // topReviews is non-null
  });

  it('refuses 200 MB without reading them', async () => {
    const sent = await sendBody(running.url, 200 * 1024 * 1024, true);
    expect(sent.status).toBe(413);
    expect(JSON.parse(sent.text)).toMatchObject({ errors: [{ extensions: { code: 'PAYLOAD_TOO_LARGE' } }] });
    expect(sent.bytes).toBeLessThan(20 * 1024 * 1024);
  });

  it('refuses 200 MB of unannounced length once they are too many', async () => {
    const sent = await sendBody(running.url, 200 * 1024 * 1024, false);
    expect(sent.bytes).toBeLessThan(40 * 1024 * 1024);
    if (sent.text)
      expect(JSON.parse(sent.text)).toMatchObject({ errors: [{ extensions: { code: 'PAYLOAD_TOO_LARGE' } }] });
    else expect(sent.status).toBe(0);
  });
});

/** Sends a body in chunks until it is all sent or the server has answered; status 0 when the connection was cut. */
function sendBody(
  url: string,
  size: number,
  announced: boolean,
): Promise<{ status: number; text: string; bytes: number }> {
  return new Promise((resolve) => {
    const chunk = Buffer.alloc(256 * 1024, ' ');
    let bytes = 0;
    let over = false;
    const done = (status: number, text: string): void => {
      if (over) return;
      over = true;
      request.destroy();
      resolve({ status, text, bytes });
    };
    const headers = { 'content-type': 'application/json', ...(announced ? { 'content-length': size } : {}) };
    const request = httpRequest(`${url}/graphql`, { method: 'POST', headers });
    request.on('response', (response: IncomingMessage) => {
      let text = '';
      response.on('data', (part: Buffer) => (text += String(part)));
      response.on('end', () => done(response.statusCode!, text));
      response.on('error', () => done(response.statusCode!, text));
    });
    request.on('error', () => setTimeout(() => done(0, ''), 100));
    const write = (): void => {
      if (over || bytes >= size) return;
      bytes += chunk.length;
      if (request.write(chunk)) setImmediate(write);
      else request.once('drain', write);
    };
    write();
  });
}

describe('requests and their end', () => {
  it('a client that goes away ends the calls made for it', async () => {
    const running = await startGateway(SHOP);
    const stopped = new Promise<void>((resolve) => {
      running.transports.get('accounts')!.intercept = ({ signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => {
            resolve();
            reject(signal.reason as Error);
          });
        });
    });
    const client = new AbortController();
    const call = fetch(`${running.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(ME),
      signal: client.signal,
    });
    setTimeout(() => client.abort(), 50);
    await expect(call).rejects.toThrow();
    await stopped;
    await running.lifecycle.stop();
  });

  it('what is being answered when the gateway stops is answered', async () => {
    const running = await startGateway(SHOP);
    const accounts = running.transports.get('accounts')!;
    const asked = Promise.withResolvers<void>();
    accounts.intercept = async () => {
      asked.resolve();
      await new Promise((resolve) => setTimeout(resolve, 200));
      return undefined;
    };
    const call = running.post(ME);
    await asked.promise;
    const begin = Date.now();
    const stop = running.lifecycle.stop();
    expect(await json(await call)).toEqual({ data: { me: { name: 'Ada' } } });
    await stop;
    expect(Date.now() - begin).toBeLessThan(3_000);
    await expect(running.post(ME)).rejects.toThrow();
  });
});

describe('the HTTP server', () => {
  const lines: Record<string, unknown>[] = [];
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(JSON.parse(chunk.toString()) as Record<string, unknown>);
      done();
    },
  });
  const log = createLogger({ service: 'gateway', level: 'info', destination });
  let running: RunningGateway;
  beforeAll(async () => {
    running = await startGateway(
      SHOP,
      {},
      {
        GATEWAY_CORS_ORIGINS: 'https://app.example',
        GATEWAY_ANONYMOUS_PER_MINUTE: '20',
        GATEWAY_ANONYMOUS_PER_HOUR: '30',
      },
      log,
    );
  });
  afterAll(() => running.lifecycle.stop());
  const signedIn = async (headers: Record<string, string> = {}) => ({
    authorization: `Bearer ${await running.token()}`,
    ...headers,
  });

  it('keeps a sane request id, replaces another, and always answers with one', async () => {
    const given = await running.post(ME, await signedIn({ 'x-request-id': 'client-id-123' }));
    expect(given.headers.get('x-request-id')).toBe('client-id-123');
    for (const bad of ['short', 'x'.repeat(200), 'with space and <tag>']) {
      const replaced = await running.post(ME, await signedIn({ 'x-request-id': bad }));
      expect(replaced.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    }
  });

  it('continues the trace of the client', async () => {
    const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
    await running.post(ME, await signedIn({ traceparent: `00-${trace}-00f067aa0ba902b7-01` }));
    expect(running.transports.get('accounts')!.requests.at(-1)!.traceparent).toMatch(
      new RegExp(`^00-${trace}-(?!00f067aa0ba902b7)[0-9a-f]{16}-01$`),
    );
    await running.post(ME, await signedIn({ traceparent: 'nonsense' }));
    expect(running.transports.get('accounts')!.requests.at(-1)!.traceparent).toMatch(
      /^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/,
    );
  });

  it('logs each operation, and neither tokens nor values of variables', async () => {
    lines.length = 0;
    const headers = await signedIn();
    await running.post(
      { query: 'query Who($id: ID!) { user(id: $id) { name } }', variables: { id: 'secret-value' } },
      headers,
    );
    await new Promise((resolve) => setTimeout(resolve, 20));
    const line = lines.find(({ msg }) => msg === 'request')!;
    expect(line).toMatchObject({
      method: 'POST',
      route: '/graphql',
      status: 200,
      kind: 'query',
      name: 'Who',
      actor: 'user',
    });
    expect(line).toHaveProperty('request_id');
    expect(line).toHaveProperty('tenant_id', '01900000-0000-7000-8000-000000000001');
    const text = JSON.stringify(lines);
    expect(text).not.toContain('secret-value');
    expect(text).not.toContain(headers.authorization.slice(7));
  });

  it('has security headers, with Apollo Sandbox allowed on its page only', async () => {
    const app = await fetch(`${running.url}/healthz`);
    expect(app.headers.get('x-content-type-options')).toBe('nosniff');
    expect(app.headers.get('content-security-policy')).toContain("script-src 'self'");
    expect(app.headers.get('content-security-policy')).not.toContain('apollographql');
    const sandbox = await fetch(`${running.url}/graphql`, { headers: { accept: 'text/html' } });
    expect(sandbox.status).toBe(200);
    expect(sandbox.headers.get('content-type')).toContain('text/html');
    expect(sandbox.headers.get('content-security-policy')).toContain(
      'frame-src https://sandbox.embed.apollographql.com',
    );
    expect(await sandbox.text()).toContain('embeddable-sandbox');
  });

  it('lets pages of named origins in, without credentials, and no others', async () => {
    const ask = async (origin: string) =>
      fetch(`${running.url}/graphql`, {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' },
      });
    const good = await ask('https://app.example');
    expect(good.headers.get('access-control-allow-origin')).toBe('https://app.example');
    expect(good.headers.get('access-control-allow-credentials')).toBeNull();
    expect((await ask('https://evil.example')).headers.get('access-control-allow-origin')).not.toBe(
      'https://evil.example',
    );
  });

  it('compresses long answers', async () => {
    const response = await running.post(
      { query: '{ __schema { types { name fields { name } } } }' },
      await signedIn({ 'accept-encoding': 'gzip' }),
    );
    expect(response.headers.get('content-encoding')).toBe('gzip');
    expect((await json(response)).data).toBeDefined();
  });

  it('tells that it lives, whether it is ready, and what it measured', async () => {
    expect((await fetch(`${running.url}/healthz`)).status).toBe(200);
    expect(await (await fetch(`${running.url}/readyz`)).json()).toEqual({
      ready: true,
      checks: { 'subgraph:accounts': { ok: true }, 'subgraph:catalog': { ok: true }, 'subgraph:reviews': { ok: true } },
    });
    running.transports.get('catalog')!.intercept = async () => undefined;
    const broken = await fetch(`${running.url}/readyz`);
    running.transports.get('catalog')!.intercept = undefined;
    expect(broken.status).toBe(503);
    expect(await broken.json()).toMatchObject({ ready: false, checks: { 'subgraph:catalog': { ok: false } } });
    const metrics = await (await fetch(`${running.url}/metrics`)).text();
    expect(metrics).toMatch(/gateway_request_seconds_count\{kind="query",status="ok"\} [1-9]/);
    expect(metrics).toMatch(/gateway_subgraph_fetch_seconds_count\{subgraph="accounts",outcome="ok"\} [1-9]/);
    expect(metrics).toContain('gateway_subscriptions 0');
  });

  it('asks the subgraphs once for however many ask whether it is ready', async () => {
    const gate = Promise.withResolvers<void>();
    const ready = jest.spyOn(running.transports.get('catalog')!, 'ready').mockImplementation(() => gate.promise);
    const probes = Array.from({ length: 10 }, () => fetch(`${running.url}/readyz`));
    await until(() => ready.mock.calls.length > 0);
    await new Promise((resolve) => setTimeout(resolve, 100));
    gate.resolve();
    expect((await Promise.all(probes)).map(({ status }) => status)).toEqual(Array(10).fill(200));
    expect(ready).toHaveBeenCalledTimes(1);
    ready.mockRejectedValue(new Error('down'));
    expect((await fetch(`${running.url}/readyz`)).status).toBe(503);
    ready.mockRestore();
  });

  it('answers the unknown with a coded 404', async () => {
    const response = await fetch(`${running.url}/nope`, { headers: { accept: 'text/html' } });
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({
      success: false,
      error: { code: 'NOT_FOUND', details: [] },
      request_id: expect.any(String) as string,
    });
  });

  it('runs operations of services with their own identity', async () => {
    const identity = { ...running.transports.get('accounts')!.requests.at(-1)!.identity, requestId: newId() };
    const result = await running.gateway.execute<{ me: { name: string } }>('{ me { name } }', {}, identity);
    expect(result).toEqual({ data: { me: { name: 'Ada' } } });
    expect(running.transports.get('accounts')!.requests.at(-1)!.identity.requestId).toBe(identity.requestId);
    expect((await running.gateway.execute('{ nope }', {}, identity)).errors![0]!.extensions!.code).toBe(
      'UNKNOWN_FIELD',
    );
  });

  it('limits an address that does not sign in, and nobody who does', async () => {
    const statuses: number[] = [];
    for (let n = 0; n < 25; n++) statuses.push((await running.post(ME)).status);
    expect(statuses.slice(0, 10).every((status) => status === 200)).toBe(true);
    expect(statuses.at(-1)).toBe(429);
    const refused = await running.post(ME);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await json(refused)).errors![0]!.extensions.code).toBe('RATE_LIMITED');
    expect((await running.post(ME, await signedIn())).status).toBe(200);
    expect((await fetch(`${running.url}/healthz`)).status).toBe(200);
  });

  it('takes another supergraph into use, and keeps the present one when it is not valid', async () => {
    await expect(running.gateway.reload('type Query { broken')).rejects.toThrow();
    await expect(running.gateway.reload('schema { query: Query } type Query { a: Int }')).rejects.toThrow();
    expect((await running.post(ME, await signedIn())).status).toBe(200);
    const renamed = running.supergraphSdl.replaceAll('topReviews', 'bestReviews');
    await running.gateway.reload(renamed);
    const { data } = await json(
      await running.post({ query: '{ __type(name: "Query") { fields { name } } }' }, await signedIn()),
    );
    expect(JSON.stringify(data)).toContain('bestReviews');
    expect(
      (await json(await running.post({ query: '{ topReviews { id } }' }, await signedIn()))).errors![0]!.extensions
        .code,
    ).toBe('UNKNOWN_FIELD');
  });
});

it('a reload goes to where subgraphs are now, closes the old way after a grace, and asks those of now whether they are ready', async () => {
  const federation = compose(SHOP);
  const made: { name: string; url: string; transport: InProcessTransport }[] = [];
  const connect = (name: string, url: string) => {
    const transport = inProcessTransports(federation).get(name)!;
    made.push({ name, url, transport });
    return transport;
  };
  const running = await startGateway(
    SHOP,
    { transports: connect, anonymousLimiter: null },
    { GATEWAY_FETCH_TIMEOUT_MS: '200' },
  );
  const before = made.find(({ name }) => name === 'accounts')!;
  const count = made.length;
  await running.gateway.reload(running.supergraphSdl.replaceAll('topReviews', 'bestReviews'));
  expect(made).toHaveLength(count);

  await running.gateway.reload(running.supergraphSdl.replaceAll(before.url, 'http://moved.invalid'));
  const after = made.at(-1)!;
  expect([after.name, after.url, made.length]).toEqual(['accounts', 'http://moved.invalid', count + 1]);
  expect(before.transport.closed).toBe(false);
  expect(await json(await running.post(ME))).toEqual({ data: { me: { name: 'Ada' } } });
  expect([before.transport.requests.length, after.transport.requests.length]).toEqual([0, 1]);
  await until(() => before.transport.closed);
  after.transport.intercept = async () => undefined;
  expect((await fetch(`${running.url}/readyz`)).status).toBe(503);
  await running.lifecycle.stop();
  expect(made.filter(({ transport }) => transport.closed)).toEqual([before]);
});
