import { setTimeout as sleep } from 'node:timers/promises';
import type { EventLog, StoredRecord } from '../../kernel/log/log';
import type { Logger } from '../../kernel/logger';

const BATCH = 1_000;
const WAIT_MS = 5_000;
const BACK_OFF_MS = 500;

export interface TailOptions {
  log: EventLog;
  logger: Logger;
  topic: string;
  onRecord(record: StoredRecord): void;
  /** True: everything there is has been read. False: the log cannot be read just now. */
  onCurrent?(current: boolean): void;
  /** Records were removed before they were read. */
  onGap(): void;
}

/**
 * Reads a topic whole, from its present end on, without a group: every process hears everything. Resolves when nothing appended from now on
 * can be missed. A failing log is tried again from where reading stopped.
 */
export async function tailTopic(options: TailOptions): Promise<{ stop(): Promise<void> }> {
  const { log, topic, logger, onCurrent } = options;
  const controller = new AbortController();
  const { signal } = controller;
  const positions = new Map<number, bigint>();
  for (const [partition, { next }] of await log.bounds(topic)) positions.set(partition, next);
  onCurrent?.(true);

  const loop = (async () => {
    while (!signal.aborted) {
      try {
        await log.waitForAppend(topic, WAIT_MS, signal, positions);
        if (signal.aborted) return;
        await readAll(options, positions, signal);
        onCurrent?.(true);
      } catch (error) {
        if (signal.aborted) return;
        onCurrent?.(false);
        logger.warn({ err: error, topic }, 'the log cannot be followed, trying again');
        await sleep(BACK_OFF_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  })();
  return {
    async stop() {
      controller.abort();
      await loop;
    },
  };
}

async function readAll(options: TailOptions, positions: Map<number, bigint>, signal: AbortSignal): Promise<void> {
  const { log, topic, logger } = options;
  for (const [partition, { first, next }] of await log.bounds(topic)) {
    let position = positions.get(partition) ?? first;
    if (position < first) {
      options.onGap();
      position = first;
    }
    while (position < next && !signal.aborted) {
      const records = await log.read(topic, partition, position, BATCH, signal);
      if (records.length === 0) break;
      for (const record of records) {
        try {
          options.onRecord(record);
        } catch (error) {
          // One record that nobody can read must not stop all that come after it.
          logger.error({ err: error, topic, partition, offset: String(record.offset) }, 'record ignored');
        }
      }
      position = records.at(-1)!.offset + 1n;
      positions.set(partition, position);
    }
    positions.set(partition, position);
  }
}
