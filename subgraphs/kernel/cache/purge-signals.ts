import type { Logger } from '../logger';
import { newId } from '../ids';
import type { PubSub } from '../pubsub/pubsub';

/** Hashed names of tags and entries, in which the tenant is contained. */
export interface PurgeSignals {
  tags?: readonly string[];
  entries?: readonly string[];
}

export interface PurgeSignalsDeps {
  pubsub: PubSub;
  log: Logger;
  /** Of another process. */
  onPurge(purged: PurgeSignals): void;
  onGap(): void;
}

const CHANNEL = { tenantId: null, topic: 'cache.purge' };
/** Of 46 bytes each in JSON; a signal holds 8,000. */
const NAMES_PER_SIGNAL = 150;

/** Tells other processes' memory caches what was purged here, and hears what was purged there. */
export async function openPurgeSignals({ pubsub, log, onPurge, onGap }: PurgeSignalsDeps) {
  const self = newId();
  const unsubscribe = await pubsub.subscribe<PurgeSignals & { from: string }>(
    CHANNEL,
    ({ from, ...purged }) => {
      if (from !== self) onPurge(purged);
    },
    () => {
      log.info('purges may have been missed: emptying the memory cache');
      onGap();
    },
  );
  const sendNames = async (kind: 'tags' | 'entries', names: readonly string[] = []): Promise<void> => {
    for (let from = 0; from < names.length; from += NAMES_PER_SIGNAL) {
      await pubsub.publish(CHANNEL, { from: self, [kind]: names.slice(from, from + NAMES_PER_SIGNAL) });
    }
  };
  return {
    /** Throws UNAVAILABLE when the others could not be told: the caller must not answer as if they were. */
    send: async ({ tags, entries }: PurgeSignals): Promise<void> => {
      await sendNames('tags', tags);
      await sendNames('entries', entries);
    },
    close: unsubscribe,
  };
}
