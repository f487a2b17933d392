import type { Logger } from '../logger';
import { channelKey, encodeMessage } from './channel';
import type { PubSub } from './pubsub';
import { Subscribers } from './subscriber';

/** Signals within one process. The composition root refuses it when more than one process is configured. */
export function createMemoryPubSub({ log }: { log: Logger }): PubSub {
  const subscribers = new Subscribers(log);
  let closed = false;
  const assertOpen = (): void => {
    if (closed) throw new Error('the signal bus is closed');
  };
  return {
    publish: async (channel, message) => {
      assertOpen();
      subscribers.deliver(channelKey(channel), encodeMessage(message));
    },
    subscribe: async (channel, listener, onGap) => {
      assertOpen();
      const { remove } = subscribers.add(channelKey(channel), listener, onGap);
      return async () => void remove();
    },
    close: async () => {
      closed = true;
      subscribers.close();
    },
  };
}
