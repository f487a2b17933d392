import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buildSchema, GraphQLError, type ExecutionArgs } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer, type WebSocket as ServerSocket } from 'ws';
import { LiveSocket } from '../src/lib/live/live-socket';
import type { StreamError } from '../src/lib/live/live-types';

const schema = buildSchema(`type Query { ok: Boolean } type Subscription { count(resume: Int): Int refused: Int }`);

/** A real graphql-ws server: `count` sends the numbers after `resume`, one every 5 ms, without end. */
class CountingServer {
  readonly tokens: unknown[] = [];
  readonly pings: unknown[] = [];
  readonly resumes: unknown[] = [];
  readonly sockets = new Set<ServerSocket>();
  refuse: number | undefined;
  mute = false;
  private http: Server | undefined;
  private dispose: (() => void | Promise<void>) | undefined;

  async start(port = 0): Promise<number> {
    const http = (this.http = createServer());
    const wss = new WebSocketServer({ server: http });
    wss.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
      socket.on('message', (data) => {
        const message = JSON.parse((data as Buffer).toString()) as { type: string; payload?: unknown };
        if (message.type === 'ping') this.pings.push(message.payload);
      });
    });
    const owner = useServer(
      {
        schema,
        onConnect: (ctx) => {
          this.tokens.push(String(ctx.connectionParams?.['authorization']).replace('Bearer ', ''));
          if (this.refuse) {
            const code = this.refuse;
            this.refuse = undefined;
            ctx.extra.socket.close(code, 'Refused');
          }
          return true;
        },
        subscribe: (args: ExecutionArgs) => this.subscribe(args),
      },
      wss,
    );
    this.dispose = () => owner.dispose();
    await new Promise<void>((resolve) => http.listen(port, '127.0.0.1', resolve));
    return (http.address() as AddressInfo).port;
  }

  drop(code = 1012): void {
    for (const socket of this.sockets) socket.close(code);
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.terminate();
    await this.dispose?.();
    this.http?.closeAllConnections();
    await new Promise((resolve) => (this.http ? this.http.close(resolve) : resolve(undefined)));
  }

  private subscribe(args: ExecutionArgs) {
    const refused = args.operationName === 'Refused';
    if (refused) return { errors: [new GraphQLError('No.', { extensions: { code: 'FORBIDDEN' } })] };
    const resume = args.variableValues?.['resume'];
    this.resumes.push(resume);
    let next = typeof resume === 'number' ? resume + 1 : 1;
    let ended = false;
    return {
      [Symbol.asyncIterator]() {
        return this;
      },
      next: async () => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        return ended
          ? { done: true as const, value: undefined }
          : { done: false as const, value: { data: { count: next++ } } };
      },
      return: async () => {
        ended = true;
        return { done: true as const, value: undefined };
      },
    };
  }
}

async function until(condition: () => boolean, what: string): Promise<void> {
  const end = Date.now() + 8_000;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`Never happened: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe('the live socket', () => {
  let server: CountingServer;
  let port: number;
  let socket: LiveSocket;
  let token: string;
  let replaced: string[];

  beforeEach(async () => {
    server = new CountingServer();
    port = await server.start();
    token = 'token-1';
    replaced = [];
    socket = new LiveSocket({
      url: `ws://127.0.0.1:${port}/graphql`,
      token: async () => token,
      replaceToken: async (rejected) => {
        replaced.push(rejected);
        token = 'token-2';
        return token;
      },
      keepAliveMs: 100,
      pongMs: 100,
      random: () => 0,
    });
  });

  afterEach(async () => {
    socket.close();
    await server.stop();
  });

  /** Streams `count`, continuing from the last number as a dashboard does from its resume token. */
  function count(): { seen: number[]; errors: StreamError[]; stop: () => void } {
    const seen: number[] = [];
    const errors: StreamError[] = [];
    const stop = socket.stream(
      () => ({
        query: 'subscription Count($resume: Int) { count(resume: $resume) }',
        variables: { resume: seen.at(-1) ?? null },
      }),
      {
        next: (result) => seen.push(result.data?.['count'] as number),
        error: (all) => errors.push(...all),
        complete: () => undefined,
      },
    );
    return { seen, errors, stop };
  }

  const isGapless = (seen: number[]): boolean => seen.every((value, index) => value === index + 1);

  it('connects without any stream, with the token, and says so', async () => {
    expect(socket.getStatus().state).toBe('connecting');
    socket.open();
    await until(() => socket.getStatus().state === 'live', 'live');
    expect(server.tokens).toEqual(['token-1']);
  });

  it('continues after a dropped connection where it was, without a gap, and says since when', async () => {
    socket.open();
    const { seen } = count();
    await until(() => seen.length > 5, 'first numbers');
    server.drop();
    await until(() => socket.getStatus().lostAt !== undefined, 'lost');
    const { heardAt, lostAt } = socket.getStatus();
    expect(heardAt).toBeLessThanOrEqual(lostAt ?? 0);
    const before = seen.length;
    await until(() => seen.length > before + 5, 'more numbers');
    expect(isGapless(seen)).toBe(true);
    expect(server.resumes).toEqual([null, before]);
    expect(socket.getStatus().resumed?.from).toBe(heardAt);
  });

  it.each([4401, 4403, 4500, 1001, 4429])('comes back after the close code %d', async (code) => {
    socket.open();
    const { seen } = count();
    await until(() => seen.length > 2, 'first numbers');
    server.drop(code);
    await until(() => server.tokens.length === 2, 'second connection');
    await until(() => socket.getStatus().state === 'live', 'live again');
    const before = seen.length;
    await until(() => seen.length > before + 2, 'more numbers');
    expect(isGapless(seen)).toBe(true);
    const refused = code === 4401 || code === 4403;
    expect(replaced).toEqual(refused ? ['token-1'] : []);
    expect(server.tokens).toEqual(['token-1', refused ? 'token-2' : 'token-1']);
  });

  it('renews the token when the connection is refused at once', async () => {
    server.refuse = 4403;
    socket.open();
    await until(() => socket.getStatus().state === 'live', 'live');
    expect(server.tokens).toEqual(['token-1', 'token-2']);
  });

  it('becomes offline while the server is away, and is back on the same port', async () => {
    socket.open();
    const { seen } = count();
    await until(() => seen.length > 2, 'first numbers');
    await server.stop();
    await until(() => socket.getStatus().state === 'offline', 'offline');
    server = new CountingServer();
    await server.start(port);
    socket.hurry();
    const before = seen.length;
    await until(() => seen.length > before + 2, 'more numbers');
    expect(isGapless(seen)).toBe(true);
  });

  it('sends a renewed token on the open socket, once', async () => {
    socket.open();
    await until(() => socket.getStatus().state === 'live', 'live');
    socket.sendToken('token-1');
    socket.sendToken('token-9');
    socket.sendToken('token-9');
    await until(() => server.pings.length > 0, 'ping');
    expect(server.pings.filter(Boolean)).toEqual([{ token: 'token-9' }]);
  });

  it('notices a silent server by the missing pong', async () => {
    socket.open();
    await until(() => socket.getStatus().state === 'live', 'live');
    // A paused socket reads nothing and so answers no ping: what a network that swallows packets looks like.
    for (const peer of server.sockets) peer.pause();
    await until(() => socket.getStatus().lostAt !== undefined, 'lost');
    await until(() => socket.getStatus().state === 'live', 'live again');
  });

  it('hands a refused stream its errors and keeps the socket and the other streams', async () => {
    socket.open();
    const { seen } = count();
    const errors: StreamError[] = [];
    socket.stream(() => ({ query: 'subscription Refused { refused }', operationName: 'Refused' }), {
      next: () => undefined,
      error: (all) => errors.push(...all),
      complete: () => undefined,
    });
    await until(() => errors.length > 0, 'errors');
    expect(errors[0]?.extensions?.['code']).toBe('FORBIDDEN');
    const before = seen.length;
    await until(() => seen.length > before + 2, 'more numbers');
  });

  it('ends a stream on the server when its owner stops it', async () => {
    socket.open();
    const { seen, stop } = count();
    await until(() => seen.length > 2, 'first numbers');
    stop();
    const after = seen.length;
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(seen.length).toBe(after);
  });
});
