import type { Pool } from 'pg';
import type { Logger } from '../logger';
import { encodeMessage, hashedChannel } from './channel';
import { openListener } from './postgres-listener';
import type { PubSub } from './pubsub';
import { orUnavailable } from './store-fault';
import { Subscribers } from './subscriber';

export interface PostgresPubSubDeps {
  /** For publishing. Owned by the caller; any role will do, all processes must use the same database. */
  pool: Pick<Pool, 'query'>;
  /** For the one connection that listens, which is opened here and closed by `close`. */
  connectionString: string;
  log: Logger;
}

/** Signals by LISTEN/NOTIFY: several processes without Redis. Throws UNAVAILABLE when the database cannot be reached at start. */
export async function openPostgresPubSub({ pool, connectionString, log }: PostgresPubSubDeps): Promise<PubSub> {
  const subscribers = new Subscribers(log);
  const listener = await orUnavailable('The signal bus', () =>
    openListener({
      connectionString,
      log,
      channels: () => subscribers.names(),
      onNotification: (channel, text) => subscribers.deliver(channel, text),
      onReconnect: () => subscribers.gap(),
    }),
  );
  let closed = false;
  const assertOpen = (): void => {
    if (closed) throw new Error('the signal bus is closed');
  };

  return {
    publish: async (channel, message) => {
      assertOpen();
      const text = encodeMessage(message);
      await orUnavailable('The signal bus', () =>
        pool.query('select pg_notify($1, $2)', [hashedChannel(channel), text]),
      );
    },
    subscribe: async (channel, onMessage, onGap) => {
      assertOpen();
      const name = hashedChannel(channel);
      const { remove } = subscribers.add(name, onMessage, onGap);
      await listener.listen(name);
      return async () => {
        if (remove()) await listener.unlisten(name);
      };
    },
    close: async () => {
      if (closed) return;
      closed = true;
      subscribers.close();
      await listener.close();
    },
  };
}
