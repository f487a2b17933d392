import WebSocket from 'ws';

export interface Message {
  id?: string;
  type: string;
  payload?: any; // messages are of as many shapes as there are tests
}

/** A client that speaks the protocol message by message, so that tests see everything. */
export class Socket {
  readonly messages: Message[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;
  private readonly waiting: { test(message: Message): boolean; resolve(message: Message): void }[] = [];

  private constructor(readonly raw: WebSocket) {
    raw.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString('utf8')) as Message;
      this.messages.push(message);
      const at = this.waiting.findIndex(({ test }) => test(message));
      if (at >= 0) this.waiting.splice(at, 1)[0]!.resolve(message);
    });
    this.closed = new Promise((resolve) =>
      raw.once('close', (code, reason) => resolve({ code, reason: String(reason) })),
    );
  }

  static async open(url: string, protocol = 'graphql-transport-ws'): Promise<Socket> {
    const raw = new WebSocket(url.replace('http', 'ws') + '/graphql', protocol);
    const socket = new Socket(raw);
    await new Promise((resolve, reject) => {
      raw.once('open', resolve);
      raw.once('error', reject);
    });
    return socket;
  }

  /** Introduces itself and waits for the answer. */
  static async connect(url: string, payload?: Record<string, unknown>): Promise<Socket> {
    const socket = await Socket.open(url);
    socket.send({ type: 'connection_init', payload });
    await socket.next('connection_ack');
    return socket;
  }

  send(message: object): void {
    this.raw.send(JSON.stringify(message));
  }

  subscribe(id: string, query: string, variables?: Record<string, unknown>, operationName?: string): void {
    this.send({ id, type: 'subscribe', payload: { query, variables, operationName } });
  }

  /** The next message of this kind that arrives, or the first that did. */
  next(type: string, id?: string): Promise<Message> {
    const test = (message: Message): boolean => message.type === type && (id === undefined || message.id === id);
    const at = this.messages.findIndex(test);
    if (at >= 0) return Promise.resolve(this.take(at));
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no ${type} came; had ${JSON.stringify(this.messages)}`)), 5_000);
      this.waiting.push({
        test,
        resolve: (message) => {
          clearTimeout(timer);
          this.take(this.messages.indexOf(message));
          resolve(message);
        },
      });
    });
  }

  private take(at: number): Message {
    return this.messages.splice(at, 1)[0]!;
  }
}

/** Waits until something holds. */
export async function until(holds: () => boolean, what = 'it'): Promise<void> {
  for (const begin = Date.now(); !holds();) {
    if (Date.now() - begin > 5_000) throw new Error(`${what} did not become so`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
