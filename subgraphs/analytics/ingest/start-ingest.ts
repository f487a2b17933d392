import { setTimeout as sleep } from 'node:timers/promises';
import type { SubgraphRuntime } from '../../kernel/subgraph';
import { EVENTS_DATABASE, eventsMigrations } from './columns-migrations';
import { startColumnsConsumer } from './columns-consumer';

const AGAIN_MS = 2_000;

/**
 * Makes the tables of events and starts carrying events into them. When the columns do not answer it goes on trying beside everything else:
 * events are taken all the same and wait in the log.
 */
export async function startIngest(runtime: SubgraphRuntime): Promise<void> {
  const { stores, lifecycle, logger, clock } = runtime;
  const stopping = new AbortController();

  const start = async (): Promise<void> => {
    await stores.columns.migrate(EVENTS_DATABASE, eventsMigrations);
    if (stopping.signal.aborted) return;
    const consumer = await startColumnsConsumer({ ...stores, logger, clock });
    lifecycle.own('ingest consumer', () => consumer.stop());
  };
  const keepTrying = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await sleep(AGAIN_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (stopping.signal.aborted) return;
      try {
        return await start();
      } catch (error) {
        logger.warn({ err: error }, 'events wait in the log: the columns cannot take them yet');
      }
    }
  };

  let trying: Promise<void> | undefined;
  try {
    await start();
  } catch (error) {
    logger.warn({ err: error }, 'events wait in the log: the columns cannot take them yet');
    trying = keepTrying();
  }
  lifecycle.own('ingest start', async () => {
    stopping.abort();
    await trying;
  });
}
