import WebSocket from 'ws';
import { GraphQLError, type ExecutionResult } from 'graphql';
import { EventStream } from '../subscriptions/event-stream';
import { Session } from '../subscriptions/session';
import { userIdentity } from './support/harness';
import { createKeys, signToken, startGateway, type RunningGateway, type TokenClaims } from './support/gateway';
import { liveGraph, Source, type Tick } from './support/live';
import { Socket, until } from './support/socket';

const source = new Source<Tick>();
const TICK = 'subscription { tick { id count name } }';
let running: RunningGateway;
beforeAll(async () => {
  running = await startGateway(
    liveGraph(source),
    { anonymousLimiter: null },
    { GATEWAY_SUBSCRIPTION_QUEUE: '20', GATEWAY_SUBSCRIPTIONS_PER_SOCKET: '3' },
  );
});
afterAll(() => running.lifecycle.stop());

const signedIn = async (claims = {}) =>
  Socket.connect(running.url, { authorization: `Bearer ${await running.token(claims)}` });
const listening = (count: number) =>
  until(() => source.listeners === count, `${count} listeners (now ${source.listeners})`);

/** An upstream whose `return` is seen. */
const upstream = (next: () => Promise<IteratorResult<ExecutionResult, undefined>>) => ({
  next,
  return: jest.fn(async () => ({ value: undefined, done: true as const })),
  [Symbol.asyncIterator]() {
    return this;
  },
});

describe('federated subscriptions', () => {
  it('stream from one subgraph with fields of another', async () => {
    const socket = await signedIn();
    socket.subscribe('1', 'subscription S($f: Int) { t: tick(from: $f) { __typename id n: count zero name reader } }', {
      f: 3,
    });
    await listening(1);
    source.push({ id: 'a', count: 0 });
    source.push({ id: 'b', count: 2 });
    expect((await socket.next('next', '1')).payload).toEqual({
      data: {
        t: {
          __typename: 'Tick',
          id: 'a',
          n: 0,
          zero: 0,
          name: 'name of a',
          reader: '01900000-0000-7000-8000-000000000001',
        },
      },
    });
    expect((await socket.next('next', '1')).payload.data.t.id).toBe('b');
    expect(running.transports.get('clock')!.requests.at(-1)!.variables).toEqual({ f: 3 });
    source.end();
    await socket.next('complete', '1');
    socket.raw.close();
    await listening(0);
  });

  it('an error in what another subgraph adds costs that field, and the stream goes on', async () => {
    const socket = await signedIn();
    socket.subscribe('1', TICK);
    await listening(1);
    source.push({ id: 'bad', count: 1 });
    const { payload } = await socket.next('next', '1');
    expect(payload.data).toEqual({ tick: { id: 'bad', count: 1, name: null } });
    expect(payload.errors[0]).toMatchObject({
      path: ['tick', 'name'],
      extensions: { code: 'INTERNAL', serviceName: 'names' },
    });
    source.push({ id: 'good', count: 1 });
    expect((await socket.next('next', '1')).payload).toEqual({
      data: { tick: { id: 'good', count: 1, name: 'name of good' } },
    });
    socket.raw.close();
    await listening(0);
  });

  it('unsubscribing from a silent upstream closes it', async () => {
    const socket = await signedIn();
    socket.subscribe('1', TICK);
    await listening(1);
    socket.send({ id: '1', type: 'complete' });
    await listening(0);
    expect(running.transports.get('clock')!.requests.at(-1)!.signal.aborted).toBe(true);
    socket.raw.close();
  });

  it('a client that disappears closes its upstreams', async () => {
    const socket = await signedIn();
    socket.subscribe('1', TICK);
    socket.subscribe('2', TICK);
    await listening(2);
    socket.raw.terminate();
    await listening(0);
  });

  it('one event does not alias another client’s answer', async () => {
    const [one, two] = [await signedIn(), await signedIn({ tenantId: '01900000-0000-7000-8000-000000000002' })];
    one.subscribe('1', 'subscription { tick { reader } }');
    two.subscribe('1', 'subscription { tick { reader } }');
    await listening(2);
    source.push(Object.freeze({ id: 'x', count: 1 }));
    expect((await one.next('next')).payload.data.tick.reader).toBe('01900000-0000-7000-8000-000000000001');
    expect((await two.next('next')).payload.data.tick.reader).toBe('01900000-0000-7000-8000-000000000002');
    one.raw.close();
    two.raw.close();
    await listening(0);
  });

  it('queries and mutations run over the socket too', async () => {
    const socket = await signedIn();
    socket.subscribe('q', '{ now }');
    expect((await socket.next('next', 'q')).payload).toEqual({ data: { now: 1 } });
    await socket.next('complete', 'q');
    socket.raw.close();
  });
});

describe('nothing is left behind', () => {
  it('an empty name of the operation means the only one', async () => {
    const socket = await signedIn();
    socket.subscribe('1', 'subscription Named { tick { id } }', undefined, '');
    await listening(1);
    source.push({ id: 'a', count: 1 });
    expect((await socket.next('next', '1')).payload).toEqual({ data: { tick: { id: 'a' } } });
    socket.send({ id: '1', type: 'complete' });
    await listening(0);
    socket.raw.close();
  });

  it('queries over one socket leave no listener on it', async () => {
    const added = jest.spyOn(WebSocket.prototype, 'once');
    const socket = await signedIn();
    socket.subscribe('q0', '{ now }');
    await socket.next('complete', 'q0');
    const server = added.mock.contexts.find(
      (context, index) => added.mock.calls[index]![0] === 'close' && context !== socket.raw,
    ) as WebSocket;
    added.mockRestore();
    const before = server.listenerCount('close');
    for (let n = 1; n <= 20; n++) {
      socket.subscribe(`q${n}`, '{ now }');
      await socket.next('complete', `q${n}`);
    }
    expect(server.listenerCount('close')).toBe(before);
    socket.raw.close();
  });

  it('a socket that closes ends a query that runs', async () => {
    const socket = await signedIn();
    const clock = running.transports.get('clock')!;
    const gate = Promise.withResolvers<undefined>();
    clock.intercept = () => gate.promise;
    const before = clock.requests.length;
    socket.subscribe('q', '{ now }');
    await until(() => clock.requests.length > before);
    const { signal } = clock.requests.at(-1)!;
    socket.raw.terminate();
    await until(() => signal.aborted);
    gate.resolve(undefined);
    clock.intercept = undefined;
  });

  it('a stream whose upstream fails and opens again after the client has left is closed', async () => {
    const first = Promise.withResolvers<never>();
    const second = Promise.withResolvers<AsyncIterableIterator<ExecutionResult>>();
    const upstreams = [Promise.resolve(upstream(() => first.promise)), second.promise];
    const opened = jest.fn(() => upstreams.shift()!);
    const stream = await EventStream.open({
      open: opened,
      mayReopen: () => true,
      evaluate: async () => ({}),
      failure: (thrown) => new GraphQLError(String(thrown)),
      capacity: 1,
      onEnd: () => undefined,
    });
    first.reject(new Error('the credential ran out'));
    await until(() => opened.mock.calls.length === 2);
    await stream.return();
    const late = upstream(() => new Promise(() => undefined));
    second.resolve(late);
    await until(() => late.return.mock.calls.length === 1);
  });

  it('a session that is over watches nothing, whatever comes late', () => {
    const watching = new Set<object>();
    const watch = (identity: object) => {
      watching.add(identity);
      return () => watching.delete(identity);
    };
    jest.useFakeTimers();
    try {
      const session = new Session(userIdentity(), { onExpired: jest.fn(), watch });
      session.renew(userIdentity());
      expect([watching.size, jest.getTimerCount()]).toEqual([1, 1]);
      session.close();
      expect(session.renew(userIdentity())).toBe(true);
      expect([watching.size, jest.getTimerCount()]).toEqual([0, 0]);
    } finally {
      jest.useRealTimers();
    }
  });
});

describe('a session that is ended', () => {
  const listeners = new Set<(sessionId: string) => void>();
  const revoke = (sessionId: string): void => listeners.forEach((listener) => listener(sessionId));
  const gate: { wait?: Promise<void> } = {};
  let watched: RunningGateway;
  beforeAll(async () => {
    const keys = await createKeys();
    watched = await startGateway(liveGraph(source), {
      anonymousLimiter: null,
      authentication: {
        jwks: async () => {
          await gate.wait;
          return keys.jwks;
        },
        revocations: {
          isRevoked: () => false,
          onRevoked(listener) {
            listeners.add(listener);
            return () => listeners.delete(listener);
          },
        },
      },
    });
    Object.assign(watched, { token: (claims: TokenClaims) => signToken(keys, claims) });
  });
  afterAll(() => watched.lifecycle.stop());

  it('leaves no watching behind for a socket that closed before it was known', async () => {
    const slow = Promise.withResolvers<void>();
    gate.wait = slow.promise;
    const socket = await Socket.open(watched.url);
    socket.send({ type: 'connection_init', payload: { authorization: `Bearer ${await watched.token({ sid: 'a' })}` } });
    await new Promise((resolve) => setTimeout(resolve, 50));
    socket.raw.terminate();
    const open = async () => (await watched.gateway.metrics.sockets.get()).values[0]!.value;
    while ((await open()) > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    slow.resolve();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(listeners.size).toBe(0);
  });

  it('closes the socket; after a renewal by another session it is that one that counts', async () => {
    const socket = await Socket.connect(watched.url, { authorization: `Bearer ${await watched.token({ sid: 'a' })}` });
    socket.subscribe('1', TICK);
    await listening(1);
    socket.send({ type: 'ping', payload: { token: await watched.token({ sid: 'b' }) } });
    await socket.next('pong');
    expect(listeners.size).toBe(1);
    revoke('a');
    source.push({ id: 'still here', count: 1 });
    expect((await socket.next('next', '1')).payload.data.tick.id).toBe('still here');
    revoke('b');
    expect(await socket.closed).toEqual({ code: 4403, reason: 'SESSION_ENDED' });
    await listening(0);
    expect(listeners.size).toBe(0);
  });
});

describe('what is refused', () => {
  it.each([
    ['an unknown field', 'subscription { nope }', 'UNKNOWN_FIELD'],
    ['two root fields', 'subscription { tick { id } other: tick { id } }', 'BAD_REQUEST'],
    ['a conditional root field', 'subscription { tick @include(if: true) { id } }', 'BAD_REQUEST'],
    ['an upstream that does not open', 'subscription { open }', 'INTERNAL'],
    ['a root field without permission', 'subscription { secret { id } }', 'UNAUTHORIZED_FIELD_OR_TYPE'],
  ])('%s', async (_name, query, code) => {
    const socket = await signedIn();
    socket.subscribe('1', query);
    const { payload } = await socket.next('error', '1');
    expect(payload[0].extensions.code).toBe(code);
    expect(source.listeners).toBe(0);
    socket.raw.close();
  });

  it('a field without permission is null in every event, with its error', async () => {
    const socket = await signedIn();
    socket.subscribe('1', 'subscription { tick { id hidden } }');
    await listening(1);
    source.push({ id: 'a', count: 1 });
    const { payload } = await socket.next('next');
    expect(payload.data).toEqual({ tick: { id: 'a', hidden: null } });
    expect(payload.errors[0].extensions.code).toBe('UNAUTHORIZED_FIELD_OR_TYPE');
    socket.raw.close();
    const allowed = await signedIn({ permissions: ['read:data'] });
    await listening(0);
    allowed.subscribe('1', 'subscription { secret { hidden } }');
    await listening(1);
    source.push({ id: 'a', count: 1 });
    expect((await allowed.next('next')).payload).toEqual({ data: { secret: { hidden: 42 } } });
    allowed.raw.close();
    await listening(0);
  });

  it('more operations on a socket than are allowed', async () => {
    const socket = await signedIn();
    for (const id of ['1', '2', '3', '4']) socket.subscribe(id, TICK);
    expect((await socket.next('error', '4')).payload[0].extensions.code).toBe('RATE_LIMITED');
    expect(source.listeners).toBe(3);
    socket.raw.close();
    await listening(0);
  });

  it('a client that reads too slowly is dropped with a code, and its upstream closed', async () => {
    const socket = await signedIn();
    socket.subscribe('1', 'subscription { tick { id name } }');
    await listening(1);
    const names = running.transports.get('names')!;
    const gate = Promise.withResolvers<undefined>();
    names.intercept = () => gate.promise;
    for (let n = 0; n < 100; n++) source.push({ id: String(n), count: n });
    await listening(0);
    gate.resolve(undefined);
    names.intercept = undefined;
    expect((await socket.next('error', '1')).payload[0].extensions.code).toBe('RATE_LIMITED');
    socket.raw.close();
  });
});

describe('the protocol', () => {
  it.each([
    ['forged', () => 'Bearer nonsense', 'UNAUTHENTICATED'],
    ['expired', async () => `Bearer ${await running.token({ expiresIn: -5 })}`, 'TOKEN_EXPIRED'],
    ['not a Bearer', () => 'Basic x', 'UNAUTHENTICATED'],
    ['not a text', () => 5, 'UNAUTHENTICATED'],
  ])('closes 4403 for a credential that is %s', async (_name, make, reason) => {
    const socket = await Socket.open(running.url);
    socket.send({ type: 'connection_init', payload: { authorization: await make() } });
    expect(await socket.closed).toEqual({ code: 4403, reason });
  });

  it('closes 4401 for an operation before the introduction', async () => {
    const socket = await Socket.open(running.url);
    socket.subscribe('1', TICK);
    expect((await socket.closed).code).toBe(4401);
  });
  it('closes 4429 for a second introduction', async () => {
    const socket = await signedIn();
    socket.send({ type: 'connection_init' });
    expect((await socket.closed).code).toBe(4429);
  });
  it('closes 4409 for an id that is in use, and its upstream with it', async () => {
    const socket = await signedIn();
    socket.subscribe('1', TICK);
    await listening(1);
    socket.subscribe('1', TICK);
    expect((await socket.closed).code).toBe(4409);
    await listening(0);
  });
  it('closes 4400 for what is no message', async () => {
    const socket = await signedIn();
    socket.raw.send('nonsense');
    expect((await socket.closed).code).toBe(4400);
  });
  it('closes 4406 for another protocol', async () => {
    const refused = await Socket.open(running.url, 'graphql-ws').catch((error: Error) => error);
    if (refused instanceof Error) expect(refused.message).toMatch(/subprotocol/i);
    else expect((await refused.closed).code).toBe(4406);
  });
  it('closes 4408 when nobody introduces itself', async () => {
    const socket = await Socket.open(running.url);
    expect((await socket.closed).code).toBe(4408);
  }, 10_000);
  it('refuses more sockets than are allowed', async () => {
    const small = await startGateway(liveGraph(source), {}, { GATEWAY_SOCKETS: '1' });
    const first = await Socket.connect(small.url);
    await expect(Socket.open(small.url)).rejects.toThrow('503');
    first.raw.close();
    await small.lifecycle.stop();
  });
  it('refuses other paths', async () => {
    const { default: WebSocket } = await import('ws');
    const socket = new WebSocket(running.url.replace('http', 'ws') + '/other', 'graphql-transport-ws');
    const error = await new Promise<Error>((resolve) => socket.once('error', resolve));
    expect(error.message).toContain('404');
  });
});

describe('the end of a token', () => {
  it('ends the socket and its streams', async () => {
    const socket = await signedIn({ expiresIn: 2 });
    socket.subscribe('1', TICK);
    await listening(1);
    expect(await socket.closed).toEqual({ code: 4403, reason: 'TOKEN_EXPIRED' });
    await listening(0);
  });

  it('is put off by a newer token in a ping', async () => {
    const socket = await signedIn({ expiresIn: 2 });
    socket.subscribe('1', TICK);
    await listening(1);
    const token = await running.token({ expiresIn: 600 });
    socket.send({ type: 'ping', payload: { token } });
    const pong = await socket.next('pong');
    expect(JSON.stringify(pong)).not.toContain(token);
    expect(pong.payload.expiresAt).toBeGreaterThan(Date.now() / 1_000 + 500);
    await new Promise((resolve) => setTimeout(resolve, 2_200));
    source.push({ id: 'later', count: 1 });
    expect((await socket.next('next')).payload.data.tick.id).toBe('later');
    const names = running.transports.get('names')!.requests.at(-1)!;
    expect(names.identity.expiresAt).toBe(pong.payload.expiresAt);
    socket.raw.close();
    await listening(0);
  });

  it('and an upstream that ended with the old token is opened again with the new one', async () => {
    const socket = await signedIn({ expiresIn: 3 });
    socket.subscribe('1', TICK);
    await listening(1);
    socket.send({ type: 'ping', payload: { token: await running.token({ expiresIn: 600 }) } });
    await socket.next('pong');
    source.end();
    await listening(1);
    source.push({ id: 'again', count: 1 });
    expect((await socket.next('next')).payload.data.tick.id).toBe('again');
    socket.raw.close();
    await listening(0);
  });

  it.each([
    ['of another user', { sub: 'user-2' }, 'The token is of another user'],
    ['of another tenant', { tenantId: '01900000-0000-7000-8000-000000000002' }, 'The token is of another user'],
    ['expired', { expiresIn: -5 }, 'TOKEN_EXPIRED'],
  ])('a renewal that is %s closes the socket', async (_name, claims, reason) => {
    const socket = await signedIn();
    socket.subscribe('1', TICK);
    await listening(1);
    socket.send({ type: 'ping', payload: { token: await running.token(claims) } });
    expect(await socket.closed).toEqual({ code: 4403, reason });
    await listening(0);
  });

  it('a renewal with other permissions ends the streams that were opened with the old', async () => {
    const socket = await signedIn({ permissions: ['read:data'] });
    socket.subscribe('1', 'subscription { secret { id } }');
    await listening(1);
    socket.send({ type: 'ping', payload: { token: await running.token() } });
    expect((await socket.next('error', '1')).payload[0].extensions.code).toBe('UNAVAILABLE');
    await listening(0);
    socket.subscribe('2', 'subscription { secret { id } }');
    expect((await socket.next('error', '2')).payload[0].extensions.code).toBe('UNAUTHORIZED_FIELD_OR_TYPE');
    socket.raw.close();
  });
});

it('shutting down closes sockets with 1001 and ends upstreams', async () => {
  const other = new Source<Tick>();
  const second = await startGateway(liveGraph(other), { anonymousLimiter: null });
  const socket = await Socket.connect(second.url);
  socket.subscribe('1', TICK);
  await until(() => other.listeners === 1);
  const begin = Date.now();
  await second.lifecycle.stop();
  expect(Date.now() - begin).toBeLessThan(1_500);
  expect((await socket.closed).code).toBe(1001);
  expect(other.listeners).toBe(0);
});
