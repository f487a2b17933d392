import type { Logger } from '../logger';
import { encodeMessage, hashedChannel } from './channel';
import type { PubSub } from './pubsub';
import { connectRedis } from './redis-connection';
import { isStoreFault, orUnavailable } from './store-fault';
import { Subscribers } from './subscriber';

const WHAT = 'The signal bus';

export interface RedisPubSubDeps {
  /** `redis://` or `rediss://`. Two connections are opened here and closed by `close`. */
  url: string;
  log: Logger;
}

/** Signals over Redis. Every reconnect is reported as a gap. Throws UNAVAILABLE when Redis cannot be reached at start. */
export async function openRedisPubSub({ url, log }: RedisPubSubDeps): Promise<PubSub> {
  const subscribers = new Subscribers(log);
  // One function for all channels: subscribing twice does not deliver twice.
  const deliver = (text: string, channel: string): void => subscribers.deliver(channel, text);

  const publisher = await connectRedis({ url, log, what: WHAT });
  const listener = await connectRedis({ url, log, what: WHAT, onReconnect: () => void hearAgain() }).catch((error) => {
    publisher.destroy();
    throw error;
  });

  /** What the client has not subscribed to again itself was added while the connection was down. */
  async function hearAgain(): Promise<void> {
    try {
      const channels = subscribers.names();
      if (channels.length > 0) await listener.subscribe(channels, deliver);
      subscribers.gap();
    } catch (error) {
      log.warn({ err: error }, 'signals are not heard again yet'); // broken once more: the next reconnect comes here
    }
  }

  let closed = false;
  const assertOpen = (): void => {
    if (closed) throw new Error('the signal bus is closed');
  };
  const whileConnected = async (work: () => Promise<unknown>): Promise<void> => {
    if (!listener.isReady) return; // `hearAgain` will do it
    try {
      await work();
    } catch (error) {
      if (!isStoreFault(error)) throw error;
    }
  };

  return {
    publish: async (channel, message) => {
      assertOpen();
      const text = encodeMessage(message);
      await orUnavailable(WHAT, () => publisher.publish(hashedChannel(channel), text));
    },
    subscribe: async (channel, onMessage, onGap) => {
      assertOpen();
      const name = hashedChannel(channel);
      const { remove } = subscribers.add(name, onMessage, onGap);
      await whileConnected(() => listener.subscribe(name, deliver));
      return async () => {
        if (remove()) await whileConnected(() => listener.unsubscribe(name));
      };
    },
    close: async () => {
      if (closed) return;
      closed = true;
      subscribers.close();
      publisher.destroy();
      listener.destroy();
    },
  };
}
