export type ConnectionState = 'connecting' | 'live' | 'offline';

export interface ConnectionStatus {
  state: ConnectionState;
  /** When the server was last heard (message or pong): numbers on screen are fresh as of then. Undefined before the first time. */
  heardAt: number | undefined;
  /** Since when the connection is lost; undefined while it is live or being opened for the first time. */
  lostAt: number | undefined;
  /** Set by a reconnection: the gap that was caught up, for a short notice. */
  resumed: { from: number; to: number } | undefined;
}

export interface StreamResult {
  data?: Record<string, unknown> | null;
  errors?: readonly StreamError[];
}

export interface StreamError {
  message: string;
  extensions?: Record<string, unknown>;
}

export interface StreamSink {
  next(result: StreamResult): void;
  /** The server refused or failed this stream for good; the socket itself may be well. */
  error(errors: readonly StreamError[]): void;
  complete(): void;
}

export interface LiveSocketOptions {
  url: string;
  /** A usable access token; throwing means "not now". */
  token(): Promise<string>;
  /** A token other than the refused one. */
  replaceToken(rejected: string): Promise<string>;
  /** A ping this often; without an answer within `pongMs` the socket is taken for dead. */
  keepAliveMs?: number;
  pongMs?: number;
  now?: () => number;
  random?: () => number;
}
