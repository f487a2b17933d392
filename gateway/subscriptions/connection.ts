import type { IncomingMessage } from 'node:http';
import type { WebSocket } from 'ws';
import type { Server } from 'graphql-ws';
import { requestLogger, type Logger } from '../../subgraphs/kernel/logger';
import { requestIdOf, traceparentOf } from '../http/request-facts';
import type { Session } from './session';
import type { SubscriptionServerOptions } from './socket-server';

/** What belongs to one socket. */
export interface Connection {
  socket: WebSocket;
  request: IncomingMessage;
  requestId: string;
  traceparent: string;
  address: string | null;
  log: Logger;
  /** Set once the client has introduced itself. */
  session: Session | undefined;
}

const PING_EVERY_MS = 12_000;
const INTERNAL_ERROR = 4500;

/** Connects a socket to the protocol, and watches that the client is still there. */
export function openConnection(
  socket: WebSocket,
  request: IncomingMessage,
  address: string | null,
  protocol: Server<Connection>,
  { log, metrics }: SubscriptionServerOptions,
): void {
  const requestId = requestIdOf(request.headers);
  const connection: Connection = {
    socket,
    request,
    requestId,
    traceparent: traceparentOf(request.headers),
    address,
    log: requestLogger(log, requestId, null),
    session: undefined,
  };
  metrics.sockets.inc();
  const stopPinging = keepAlive(socket);
  const fail = (error: unknown): void => {
    connection.log.error({ err: error }, 'websocket failed');
    socket.close(INTERNAL_ERROR, 'Internal server error');
  };
  const closed = protocol.opened(
    {
      protocol: socket.protocol,
      send: (data) => send(socket, data),
      close: (code, reason) => socket.close(code, reason),
      onMessage: (handle) => {
        socket.on('message', (data: Buffer) => {
          handle(data.toString('utf8')).catch(fail);
        });
      },
    },
    connection,
  );
  socket.on('error', (error) => connection.log.debug({ err: error }, 'websocket error'));
  socket.once('close', (code, reason) => {
    stopPinging();
    metrics.sockets.dec();
    connection.session?.close();
    closed(code, String(reason)).catch((error: unknown) =>
      connection.log.error({ err: error }, 'websocket close failed'),
    );
  });
}

/** Resolves when the data is with the operating system, so that a slow client slows its own streams. */
function send(socket: WebSocket, data: string): Promise<void> {
  return new Promise((resolve) => {
    if (socket.readyState !== socket.OPEN) return resolve();
    // A failure closes the socket, which ends everything on it.
    socket.send(data, () => resolve());
  });
}

function keepAlive(socket: WebSocket): () => void {
  let alive = true;
  socket.on('pong', () => {
    alive = true;
  });
  const timer = setInterval(() => {
    if (!alive) return socket.terminate();
    alive = false;
    socket.ping();
  }, PING_EVERY_MS);
  return () => clearInterval(timer);
}
