import { consumeEvents } from '../kernel/outbox/consume-events';
import type { SubgraphRuntime } from '../kernel/subgraph';
import { datasetHandlers } from './datasets/consumers';
import { startIngest } from './ingest/start-ingest';
import { followChanges } from './live/change-feed';
import { LiveEngine } from './live/live-engine';
import { answerQuery } from './query/answer-query';
import { DataVersions } from './query/data-versions';
import { SingleFlight } from './query/single-flight';
import { Watermark } from './query/watermark';
import { provideServices } from './services';

/** Starts what runs beside requests: the live engine with its feed of changes, and the projection of datasets. */
export async function startAnalytics(runtime: SubgraphRuntime): Promise<void> {
  const { stores, lifecycle, clock, logger } = runtime;
  const versions = new DataVersions();
  const engine = new LiveEngine({ evaluate: answerQuery, clock, log: logger });
  const watermark = new Watermark(stores, clock);
  provideServices(stores, { versions, flights: new SingleFlight(), engine, watermark });
  const feed = await followChanges(runtime, versions, engine);
  lifecycle.own('analytics change feed', () => feed.stop());
  lifecycle.own('analytics live engine', () => engine.stop());

  const projection = await consumeEvents(runtime, 'analytics.datasets', datasetHandlers);
  lifecycle.own('analytics dataset projection', () => projection.stop());
  await startIngest(runtime);
}
