import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { SubgraphTransport } from '../../subgraphs/kernel/transport';
import { createIdentitySigner, createIdentityVerifier, generateInternalKeys } from '../../subgraphs/kernel/identity';
import { createHttpTransport } from '../transports/http';
import { compose, type Federation } from './support/federation';
import { userIdentity } from './support/harness';
import { serveSchema, type HttpSubgraph } from './support/http-subgraph';
import { liveGraph, Source, type Tick } from './support/live';
import { startGateway, type RunningGateway } from './support/gateway';
import { Socket, until } from './support/socket';

const source = new Source<Tick>();
let federation: Federation;
let subgraph: HttpSubgraph;
let transport: SubgraphTransport;
let signer: ReturnType<typeof createIdentitySigner>;

beforeAll(async () => {
  federation = compose(liveGraph(source));
  const keys = await generateInternalKeys();
  signer = createIdentitySigner(keys.privateKey);
  subgraph = await serveSchema('clock', federation.schemas.get('clock')!, createIdentityVerifier(keys.publicKey));
  transport = createHttpTransport({ name: 'clock', url: subgraph.url, signer, timeoutMs: 1_000 });
});
afterEach(() => {
  subgraph.answer = undefined;
});
afterAll(async () => {
  await transport.close();
  await subgraph.close();
});

const ask = (query: string, signal = new AbortController().signal, identity = userIdentity(['a'])) => ({
  query,
  variables: {},
  identity,
  signal,
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
});

describe('the HTTP transport', () => {
  it('sends the operation with a signed identity and the trace', async () => {
    const identity = userIdentity(['read:data']);
    expect(await transport.execute(ask('{ now }', undefined, identity))).toEqual({ data: { now: 1 } });
    const request = subgraph.requests.at(-1)!;
    expect(request.identity).toEqual(identity);
    expect(request.headers.traceparent).toContain('4bf92f3577b34da6a3ce929d0e0e4736');
    expect(request.headers['x-request-id']).toBe('request-1');
  });

  it('signs an identity once for all fetches of a request', async () => {
    const identity = userIdentity();
    await transport.execute(ask('{ now }', undefined, identity));
    await transport.execute(ask('{ __typename }', undefined, identity));
    await transport.execute(ask('{ now }', undefined, userIdentity(['other'])));
    const tokens = subgraph.requests.slice(-3).map(({ headers }) => headers.authorization);
    expect(tokens[0]).toBe(tokens[1]);
    expect(tokens[2]).not.toBe(tokens[0]);
  });

  it('is refused where its token is for another subgraph', async () => {
    const other = createHttpTransport({ name: 'names', url: subgraph.url, signer });
    const result = await other.execute(ask('{ now }'));
    await other.close();
    expect(result.errors![0]!.extensions!.code).toBe('UNAUTHENTICATED');
  });

  it.each([
    ['no JSON', (body: string) => body, '<html>'],
    ['JSON that is no answer', (body: string) => body, '[1]'],
    ['null', (body: string) => body, 'null'],
  ])('%s is a failure', async (_name, _make, body) => {
    subgraph.answer = (response) => response.writeHead(502).end(body);
    await expect(transport.execute(ask('{ now }'))).rejects.toThrow('502');
  });

  it('takes an answer with errors whatever its status', async () => {
    subgraph.answer = (response) => response.writeHead(500).end('{"errors":[{"message":"x"}]}');
    expect(await transport.execute(ask('{ now }'))).toEqual({ errors: [{ message: 'x' }] });
  });

  it('gives up after its deadline, and when it is told to', async () => {
    subgraph.answer = () => undefined;
    const begin = Date.now();
    await expect(transport.execute(ask('{ now }'))).rejects.toThrow(/timeout/i);
    expect(Date.now() - begin).toBeLessThan(3_000);
    const stop = new AbortController();
    const call = transport.execute(ask('{ now }', stop.signal));
    stop.abort();
    await expect(call).rejects.toThrow(/abort/i);
  });

  it('fails where nobody listens, and is not ready then', async () => {
    const nowhere = createHttpTransport({ name: 'clock', url: 'http://127.0.0.1:1/graphql', signer });
    await expect(nowhere.execute(ask('{ now }'))).rejects.toThrow('ECONNREFUSED');
    await expect(nowhere.ready(AbortSignal.timeout(500))).rejects.toThrow();
    await expect(nowhere.subscribe(ask('subscription { tick { id } }'))).rejects.toThrow();
    await nowhere.close();
    await expect(transport.ready(AbortSignal.timeout(500))).resolves.toBeUndefined();
  });

  it('refuses an answer that is larger than allowed', async () => {
    const small = createHttpTransport({ name: 'clock', url: subgraph.url, signer, maxResponseBytes: 1_000 });
    subgraph.answer = (response) => response.end(JSON.stringify({ data: { now: 'x'.repeat(10_000) } }));
    await expect(small.execute(ask('{ now }'))).rejects.toThrow();
    await small.close();
  });

  it('streams a subscription and closes its socket when it is returned', async () => {
    const stream = await transport.subscribe(ask('subscription { tick { id } }'));
    await until(() => source.listeners === 1);
    source.push({ id: 'a', count: 1 });
    expect(await stream.next()).toEqual({ done: false, value: { data: { tick: { id: 'a' } } } });
    const pending = stream.next();
    await stream.return!();
    expect(await pending).toEqual({ done: true, value: undefined });
    await until(() => source.listeners === 0 && subgraph.sockets() === 0);
  });

  it('ends a subscription when its signal aborts, and when the subgraph ends it', async () => {
    const stop = new AbortController();
    const aborted = await transport.subscribe(ask('subscription { tick { id } }', stop.signal));
    await until(() => source.listeners === 1);
    stop.abort();
    expect((await aborted.next()).done).toBe(true);
    await until(() => source.listeners === 0 && subgraph.sockets() === 0);
    const ended = await transport.subscribe(ask('subscription { tick { id } }'));
    await until(() => source.listeners === 1);
    source.end();
    expect((await ended.next()).done).toBe(true);
    await until(() => subgraph.sockets() === 0);
  });

  it('fails a subscription whose identity is refused', async () => {
    const other = createHttpTransport({ name: 'names', url: subgraph.url, signer });
    await expect(other.subscribe(ask('subscription { tick { id } }'))).rejects.toThrow('4403');
    await other.close();
  });

  it('forwards REST both ways', async () => {
    const response = await transport.rest({
      method: 'POST',
      path: '/ingest',
      query: { dataset: 'a b' },
      headers: { 'content-type': 'application/x-ndjson', authorization: 'Bearer of-the-client' },
      body: Readable.from([Buffer.from('12345')]),
      identity: userIdentity(['ingest:events']),
      signal: new AbortController().signal,
    });
    expect(response.status).toBe(201);
    expect(response.headers['x-bytes']).toBe('5');
    expect(await text(response.body as Readable)).toBe('POST /ingest?dataset=a+b 5');
    expect(subgraph.requests.at(-1)!.identity!.permissions).toEqual(['ingest:events']);
  });
});

describe('a gateway over HTTP subgraphs', () => {
  let running: RunningGateway;
  beforeAll(async () => {
    running = await startGateway(liveGraph(source), {
      anonymousLimiter: null,
      transports: (name) =>
        name === 'clock' ? transport : createHttpTransport({ name, url: 'http://127.0.0.1:1/graphql', signer }),
      restRoutes: [
        { subgraph: 'clock', route: { method: 'POST', path: '/ingest', maxBytes: 1_000_000 } },
        { subgraph: 'clock', route: { method: 'GET', path: '/files/:id', maxBytes: 0 } },
        { subgraph: 'names', route: { method: 'POST', path: '/dead', maxBytes: 1_000 } },
      ],
    });
  });
  afterAll(() => running.lifecycle.stop());

  it('streams a subscription, a dead subgraph costing its field only', async () => {
    const socket = await Socket.connect(running.url, { authorization: `Bearer ${await running.token()}` });
    socket.subscribe('1', 'subscription { tick { id name } }');
    await until(() => source.listeners === 1);
    source.push({ id: 'a', count: 1 });
    const { payload } = await socket.next('next');
    expect(payload.data).toEqual({ tick: { id: 'a', name: null } });
    expect(payload.errors[0]).toMatchObject({
      path: ['tick', 'name'],
      extensions: { code: 'UNAVAILABLE', serviceName: 'names' },
    });
    socket.raw.close();
    await until(() => source.listeners === 0);
  });

  it('a subgraph that dies ends the stream with a code', async () => {
    const socket = await Socket.connect(running.url, {});
    socket.subscribe('1', 'subscription { tick { id } }');
    await until(() => source.listeners === 1);
    await subgraph.close();
    expect((await socket.next('error', '1')).payload[0].extensions).toMatchObject({
      code: 'UNAVAILABLE',
      serviceName: 'clock',
    });
    socket.raw.close();
    subgraph = await serveSchema('clock', federation.schemas.get('clock')!);
  });
});

describe('REST routes', () => {
  let running: RunningGateway;
  beforeAll(async () => {
    running = await startGateway(liveGraph(source), {
      restRoutes: [
        { subgraph: 'clock', route: { method: 'POST', path: '/ingest', maxBytes: 100_000 } },
        { subgraph: 'clock', route: { method: 'GET', path: '/files/:id', maxBytes: 0 } },
        { subgraph: 'clock', route: { method: 'POST', path: '/upload', maxBytes: 30_000_000 } },
      ],
    });
    running.transports.get('clock')!.answerRest = async ({ body, query, method }) => {
      const received = await text(body);
      return {
        status: 202,
        headers: { 'content-type': 'text/csv', connection: 'x' },
        body: Readable.from([`${method} ${received.length} ${JSON.stringify(query)}`]),
      };
    };
  });
  afterAll(() => running.lifecycle.stop());
  const post = (body: string | ReadableStream, headers: Record<string, string> = {}) =>
    fetch(`${running.url}/ingest?dataset=d`, {
      method: 'POST',
      body,
      headers,
      ...(typeof body === 'string' ? {} : { duplex: 'half' }),
    } as RequestInit);

  it('reach the subgraph with the identity, whatever the type of the body', async () => {
    const headers = {
      authorization: `Bearer ${await running.token()}`,
      'content-type': 'application/x-ndjson',
      cookie: 'a=b',
    };
    const response = await post('{"a":1}\n', headers);
    expect(response.status).toBe(202);
    expect(response.headers.get('content-type')).toBe('text/csv');
    expect(await response.text()).toBe('POST 8 {"dataset":"d"}');
    const request = running.transports.get('clock')!.rests.at(-1)!;
    expect(request.identity.actor.kind).toBe('user');
    expect(request.headers).not.toHaveProperty('authorization');
    expect(request.headers).not.toHaveProperty('cookie');
    expect(request.headers).toHaveProperty('traceparent');
    const file = await fetch(`${running.url}/files/f-1`);
    expect(await file.text()).toBe('GET 0 {"id":"f-1"}');
  });

  it('refuse a bad token with the envelope', async () => {
    const response = await post('x', { authorization: 'Bearer nonsense' });
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ success: false, error: { code: 'UNAUTHENTICATED', details: [] } });
  });

  it('refuse too much, announced or not', async () => {
    const announced = await post('x'.repeat(100_001));
    expect(announced.status).toBe(413);
    expect(await announced.json()).toMatchObject({ success: false, error: { code: 'PAYLOAD_TOO_LARGE' } });
    const chunks = Readable.toWeb(
      Readable.from(Array.from({ length: 20 }, () => Buffer.alloc(10_000))),
    ) as ReadableStream;
    const streamed = await post(chunks).catch((error: Error) => error);
    if (streamed instanceof Response) expect(streamed.status).toBe(413);
    else expect(streamed.message).toMatch(/fetch failed/);
    expect((await post('x'.repeat(100_000))).status).toBe(202);
  });

  it('take uploads that are larger than any other body may be', async () => {
    const response = await fetch(`${running.url}/upload`, { method: 'POST', body: Buffer.alloc(25_000_000, 'x') });
    expect(await response.text()).toBe('POST 25000000 {}');
  });

  it('tell when the subgraph is away', async () => {
    running.transports.get('clock')!.answerRest = () => Promise.reject(new Error('ECONNREFUSED 10.0.0.1'));
    const response = await post('x');
    expect(response.status).toBe(503);
    const body = await response.text();
    expect(JSON.parse(body)).toMatchObject({ success: false, error: { code: 'UNAVAILABLE' } });
    expect(body).not.toContain('10.0.0.1');
  });
});
