import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { WebSocketServer, type WebSocket } from 'ws';
import { handleProtocols } from 'graphql-ws';
import proxyAddress from '@fastify/proxy-addr';
import type { GatewayEnv } from '../env';
import type { Logger } from '../../subgraphs/kernel/logger';
import type { Authenticator } from '../authorization/authenticator';
import type { GatewayMetrics } from '../http/metrics';
import type { RateLimiter } from '../limits/rate-limit';
import type { OperationRunner } from '../operation/runner';
import { openConnection } from './connection';
import { createProtocol } from './protocol';

export interface SubscriptionServerOptions {
  env: GatewayEnv;
  log: Logger;
  metrics: GatewayMetrics;
  authenticator: Authenticator;
  anonymousLimiter: RateLimiter | null;
  runner: OperationRunner;
}

const PATH = '/graphql';
const CLOSE_GRACE_MS = 2_000;
export const GOING_AWAY = 1001;

/** Serves `graphql-transport-ws` at `/graphql` of the HTTP server. The caller closes it before the server. */
export function attachSubscriptions(
  app: FastifyInstance,
  options: SubscriptionServerOptions,
): { close(): Promise<void> } {
  const protocol = createProtocol(options);
  const server = new WebSocketServer({ noServer: true, maxPayload: options.env.GATEWAY_BODY_LIMIT, handleProtocols });
  const trusted = options.env.GATEWAY_TRUST_PROXY;
  let closing = false;

  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    socket.on('error', () => socket.destroy());
    if (request.url?.split('?', 1)[0] !== PATH) return refuse(socket, '404 Not Found');
    if (closing || server.clients.size >= options.env.GATEWAY_SOCKETS) return refuse(socket, '503 Service Unavailable');
    const address = trusted.length > 0 ? proxyAddress(request, trusted) : (request.socket.remoteAddress ?? null);
    server.handleUpgrade(request, socket, head, (client) =>
      openConnection(client, request, address, protocol, options),
    );
  };
  app.server.on('upgrade', upgrade);

  return {
    async close() {
      closing = true;
      const clients = [...server.clients];
      clients.forEach((client) => client.close(GOING_AWAY, 'Going away'));
      await Promise.all(clients.map(closed));
      app.server.off('upgrade', upgrade);
      server.close();
    },
  };
}

/** Resolves when the client has gone; one that does not answer the closing handshake is cut off. */
function closed(client: WebSocket): Promise<void> {
  return new Promise((resolve) => {
    if (client.readyState === client.CLOSED) return resolve();
    const timer = setTimeout(() => client.terminate(), CLOSE_GRACE_MS);
    client.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
