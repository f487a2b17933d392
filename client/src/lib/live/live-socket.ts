import { createClient, MessageType, stringifyMessage, type Client, type SubscribePayload } from 'graphql-ws';
import { backoff } from '../backoff';
import type { ConnectionStatus, LiveSocketOptions, StreamError, StreamResult, StreamSink } from './live-types';

interface Stream {
  build: () => SubscribePayload;
  sink: StreamSink;
  stop: (() => void) | undefined;
  retries: number;
  timer: ReturnType<typeof setTimeout> | undefined;
}

/** After this many failed attempts in a row the state is "offline" instead of "connecting". */
const OFFLINE_AFTER = 2;
const AUTH_CLOSE_CODES = new Set([4401, 4403]);
/** Codes with which a single stream is worth opening again. */
const PASSING = new Set(['UNAVAILABLE', 'RATE_LIMITED', 'TOKEN_EXPIRED', 'UNAUTHENTICATED', 'QUERY_TIMEOUT']);

/**
 * One WebSocket for all streams of the app, kept open as long as somebody is signed in.
 *
 * graphql-ws speaks the protocol; this class decides when to connect: it gives each connection a client of its own without retries, because
 * the library's retries stop at several close codes and repeat the *first* payload, while a stream here asks `build` again each time and
 * so continues from its newest resume token.
 */
export class LiveSocket {
  #status: ConnectionStatus = { state: 'connecting', heardAt: undefined, lostAt: undefined, resumed: undefined };
  #client: Client | undefined;
  #socket: WebSocket | undefined;
  #attempt = 0;
  #closed = false;
  #sentToken = '';
  #reconnect: ReturnType<typeof setTimeout> | undefined;
  #pong: ReturnType<typeof setTimeout> | undefined;
  readonly #streams = new Set<Stream>();
  readonly #listeners = new Set<() => void>();
  readonly #options: LiveSocketOptions;

  constructor(options: LiveSocketOptions) {
    this.#options = options;
  }

  readonly getStatus = (): ConnectionStatus => this.#status;

  /** For `useSyncExternalStore`. */
  readonly onStatus = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  open(): void {
    this.#closed = false;
    this.#connect();
  }

  /** Closes the socket and ends every stream without telling its sink. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#reconnect);
    clearTimeout(this.#pong);
    for (const stream of this.#streams) clearTimeout(stream.timer);
    this.#streams.clear();
    this.#drop(1000, 'Signed out');
  }

  /** Try at once: the browser says the network is back, or the tab has woken up. */
  hurry(): void {
    if (this.#closed || this.#client) return;
    this.#attempt = 0;
    this.#connect();
  }

  /** The browser says the network is gone: do not wait for the ping to find out. */
  lose(): void {
    this.#drop(4499, 'Network lost');
  }

  /** Hands the server a newer token on the open socket, so that the stream outlives the old one. */
  sendToken(token: string): void {
    if (!this.#socket || this.#sentToken === token) return;
    this.#sentToken = token;
    this.#socket.send(stringifyMessage({ type: MessageType.Ping, payload: { token } }));
  }

  /**
   * Opens a stream now or as soon as there is a connection, and again after every reconnection. `build` is asked each time.
   * Returns the function that ends the stream.
   */
  stream(build: () => SubscribePayload, sink: StreamSink): () => void {
    const stream: Stream = { build, sink, stop: undefined, retries: 0, timer: undefined };
    this.#streams.add(stream);
    if (this.#status.state === 'live') this.#start(stream);
    return () => {
      this.#streams.delete(stream);
      clearTimeout(stream.timer);
      stream.stop?.();
    };
  }

  #connect(): void {
    clearTimeout(this.#reconnect);
    if (this.#client || this.#closed) return;
    const client: Client = createClient({
      url: this.#options.url,
      lazy: false,
      retryAttempts: 0,
      onNonLazyError: () => undefined,
      keepAlive: this.#options.keepAliveMs ?? 10_000,
      connectionAckWaitTimeout: 10_000,
      connectionParams: async () => {
        this.#sentToken = await this.#options.token();
        return { authorization: `Bearer ${this.#sentToken}` };
      },
      on: {
        connected: (socket) => this.#isCurrent(client) && this.#connected(socket as WebSocket),
        message: () => this.#isCurrent(client) && this.#heard(),
        ping: (received) => !received && this.#isCurrent(client) && this.#expectPong(),
        closed: (event) => {
          if (!this.#isCurrent(client)) return;
          const code = typeof event === 'object' && event !== null && 'code' in event ? event.code : undefined;
          void this.#lost(typeof code === 'number' ? code : 1006);
        },
      },
    });
    this.#client = client;
  }

  #isCurrent(client: Client): boolean {
    return this.#client === client;
  }

  #connected(socket: WebSocket): void {
    this.#socket = socket;
    this.#attempt = 0;
    const { lostAt, heardAt } = this.#status;
    const now = this.#now();
    const resumed = lostAt === undefined ? undefined : { from: heardAt ?? lostAt, to: now };
    this.#set({ state: 'live', heardAt: now, lostAt: undefined, resumed });
    for (const stream of this.#streams) this.#start(stream);
  }

  #heard(): void {
    clearTimeout(this.#pong);
    // Before `connected`, what is heard is the handshake: the numbers on screen are still those of the last connection.
    // Not a change of state: nobody needs to render for it.
    if (this.#socket) this.#status.heardAt = this.#now();
  }

  #expectPong(): void {
    clearTimeout(this.#pong);
    this.#pong = setTimeout(() => this.#drop(4408, 'No answer'), this.#options.pongMs ?? 5_000);
  }

  /** Gives up the socket from this side; a dead network would report the close only minutes later. */
  #drop(code: number, reason: string): void {
    const { state } = this.#status;
    const socket = this.#socket;
    const client = this.#client;
    if (!client) return;
    if (!this.#closed) void this.#lost(code);
    this.#client = this.#socket = undefined;
    if (socket) socket.close(code === 1000 ? 1000 : 4499, reason);
    else if (state !== 'live') client.terminate();
    void Promise.resolve(client.dispose()).catch(() => undefined);
  }

  async #lost(code: number): Promise<void> {
    const client = this.#client;
    this.#client = this.#socket = undefined;
    clearTimeout(this.#pong);
    for (const stream of this.#streams) this.#detach(stream);
    void Promise.resolve(client?.dispose()).catch(() => undefined);
    const attempt = this.#attempt++;
    const state = attempt >= OFFLINE_AFTER || networkGone() ? 'offline' : 'connecting';
    const { heardAt, lostAt } = this.#status;
    this.#set({
      state,
      heardAt,
      lostAt: lostAt ?? (heardAt === undefined ? undefined : this.#now()),
      resumed: undefined,
    });
    if (this.#closed) return;
    if (AUTH_CLOSE_CODES.has(code)) await this.#options.replaceToken(this.#sentToken).catch(() => undefined);
    if (this.#closed || this.#client) return;
    this.#reconnect = setTimeout(() => this.#connect(), backoff(attempt, this.#options.random));
  }

  #detach(stream: Stream): void {
    stream.stop = undefined;
    clearTimeout(stream.timer);
  }

  #start(stream: Stream): void {
    const client = this.#client;
    if (!client || stream.stop) return;
    let done = false;
    const alive = (): boolean => !done && this.#isCurrent(client) && this.#streams.has(stream);
    const fail = (errors: readonly StreamError[]): void => {
      done = true;
      this.#failed(stream, errors);
    };
    stream.stop = client.subscribe<Record<string, unknown>>(stream.build(), {
      next: (result) => {
        if (!alive()) return;
        // A server that refuses a stream answers with one result of errors only, then completes.
        if (!result.data && result.errors) return fail(result.errors as readonly StreamError[]);
        stream.retries = 0;
        stream.sink.next(result as StreamResult);
      },
      error: (thrown) => {
        if (alive() && Array.isArray(thrown)) fail(thrown as StreamError[]);
      },
      complete: () => {
        if (!alive()) return;
        this.#streams.delete(stream);
        stream.sink.complete();
      },
    });
  }

  #failed(stream: Stream, errors: readonly StreamError[]): void {
    stream.stop?.();
    stream.stop = undefined;
    const code = errors[0]?.extensions?.['code'];
    if (typeof code !== 'string' || !PASSING.has(code)) {
      this.#streams.delete(stream);
      stream.sink.error(errors);
      return;
    }
    const renew = code === 'TOKEN_EXPIRED' || code === 'UNAUTHENTICATED';
    const ready = renew
      ? this.#options.replaceToken(this.#sentToken).then(
          (token) => this.sendToken(token),
          () => undefined,
        )
      : Promise.resolve();
    const wait = backoff(stream.retries++, this.#options.random);
    void ready.then(() => {
      if (this.#streams.has(stream)) stream.timer = setTimeout(() => this.#start(stream), wait);
    });
  }

  #set(status: ConnectionStatus): void {
    this.#status = status;
    for (const listener of [...this.#listeners]) listener();
  }

  #now(): number {
    return (this.#options.now ?? Date.now)();
  }
}

/** Node has no `onLine`; only a plain false means that the browser knows of no network. */
const networkGone = (): boolean => typeof navigator !== 'undefined' && navigator.onLine === false;
