import { createClient, type RedisClientType } from 'redis';
import type { Logger } from '../logger';
import { orUnavailable } from './store-fault';

const TIMEOUT_MS = 5_000;
const MAX_RETRY_MS = 5_000;

/** A client without modules or scripts of its own, as all our adapters use it. */
export type RedisConnection = Pick<
  RedisClientType,
  'sendCommand' | 'eval' | 'publish' | 'subscribe' | 'unsubscribe' | 'destroy' | 'close' | 'isReady' | 'ping'
>;

export interface RedisConnectionOptions {
  /** `redis://` or `rediss://`. */
  url: string;
  log: Logger;
  /** How errors call it: "The cache". */
  what: string;
  /** Connected again after a break. */
  onReconnect?: () => void;
}

/**
 * Opens a connection that comes back by itself, with back-off. Throws UNAVAILABLE when Redis cannot be reached at first. While the
 * connection is broken a command fails at once: waiting in a queue of unknown length helps nobody.
 */
export async function connectRedis({ url, log, what, onReconnect }: RedisConnectionOptions): Promise<RedisConnection> {
  let connected = false;
  const client = createClient({
    url,
    disableOfflineQueue: true,
    pingInterval: 10_000,
    commandOptions: { timeout: TIMEOUT_MS },
    socket: {
      connectTimeout: TIMEOUT_MS,
      // At start the operator shall hear of it at once, later it must come back by itself.
      reconnectStrategy: (retries) => connected && Math.min(MAX_RETRY_MS, 100 * 2 ** Math.min(retries, 6)),
    },
  });
  client.on('error', (error: unknown) => log.warn({ err: error }, `${what}: Redis is not reachable`));
  client.on('ready', () => {
    if (connected) onReconnect?.();
  });
  try {
    await orUnavailable(what, () => client.connect());
  } catch (error) {
    client.destroy();
    throw error;
  }
  connected = true;
  return client as unknown as RedisConnection; // the generics of modules and scripts we do not use
}
