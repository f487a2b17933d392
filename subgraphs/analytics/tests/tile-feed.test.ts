import { systemClock } from '../../kernel/clock';
import type { TenantCtx } from '../../kernel/context';
import { DomainError } from '../../kernel/errors';
import type { Receipt } from '../../kernel/graphql/shared-types';
import { newId } from '../../kernel/ids';
import { createLogger } from '../../kernel/logger';
import { testIdentity } from '../../kernel/testing/subgraph';
import { LiveEngine } from '../live/live-engine';
import { TileFeed } from '../live/tile-feed';
import type { MetricResult } from '../query/answer-query';
import { metricQueryInput } from '../query/metric-query.input';
import { until } from './workspace';

const [TENANT, DATASET] = [newId(), newId()];
const query = metricQueryInput.parse({ dataset: DATASET, measures: ['count'] });
const log = createLogger({ service: 'test', level: 'silent' });
const gone = () => new DomainError('UNKNOWN_MEASURE', 'gone');
const answer = (): MetricResult => ({
  columns: [],
  rows: [{ key: 'total', values: [1] }],
  truncated: false,
  datasets: [DATASET],
  receipt: {} as Receipt,
});

/** A feed on an engine whose evaluations the test answers one by one, in their order. */
function startFeed() {
  const evaluations: PromiseWithResolvers<MetricResult>[] = [];
  const engine = new LiveEngine({
    evaluate() {
      const evaluation = Promise.withResolvers<MetricResult>();
      evaluations.push(evaluation);
      return evaluation.promise;
    },
    clock: systemClock,
    log,
    coalesceMs: 0,
    lingerMs: 20,
  });
  const identity = testIdentity(TENANT, ['read:data']);
  const ctx = { identity, tenantId: TENANT, signal: new AbortController().signal, log } as unknown as TenantCtx;
  const feed = new TileFeed({ engine, ctx, tileId: newId(), query, onReady: () => undefined });
  const evaluation = async (number: number) => {
    await until(() => evaluations.length >= number);
    return evaluations[number - 1]!;
  };
  const change = () => engine.datasetChanged(TENANT, DATASET);
  const taken = async () => {
    let next = feed.take();
    await until(() => (next ??= feed.take()) !== undefined);
    return next;
  };
  return { engine, feed, evaluations, evaluation, change, taken };
}

it('tries again when the dataset changed during a try that failed', async () => {
  const { feed, evaluation, change, taken } = startFeed();
  const opened = feed.open(null);
  const first = await evaluation(1);
  change();
  first.reject(gone());
  (await evaluation(2)).resolve(answer());
  await opened;
  expect(await taken()).toMatchObject({ event: { kind: 'SNAPSHOT', rows: [{ values: [1] }] } });
  expect(feed.take()).toBeUndefined(); // the failure in between is over
  feed.close();
});

it('tries again when the dataset changed before the reader took the failure', async () => {
  const { feed, evaluation, change, taken } = startFeed();
  const opened = feed.open(null);
  (await evaluation(1)).resolve(answer());
  await opened;
  await taken();
  change();
  (await evaluation(2)).reject(gone());
  await new Promise((resolve) => setImmediate(resolve));
  change(); // mended, and nobody has looked yet
  expect(feed.take()).toEqual({ problem: { code: 'UNKNOWN_MEASURE', message: 'gone' } });
  (await evaluation(3)).resolve(answer());
  expect(await taken()).toMatchObject({ event: { kind: 'SNAPSHOT' } });
  feed.close();
});

it('does not try again by itself what only a change can mend, and tells it once', async () => {
  const { feed, evaluation, evaluations, change } = startFeed();
  const opened = feed.open(null);
  (await evaluation(1)).reject(gone());
  await opened;
  expect(feed.take()).toMatchObject({ problem: { code: 'UNKNOWN_MEASURE' } });
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(evaluations).toHaveLength(1);
  change();
  (await evaluation(2)).reject(gone());
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(feed.take()).toBeUndefined();
  feed.close();
});

it('hears nothing once it is closed, and leaves its group', async () => {
  const { engine, feed, evaluation, evaluations, change } = startFeed();
  const opened = feed.open(null);
  const first = await evaluation(1);
  feed.close();
  change();
  first.reject(gone());
  await opened;
  await until(() => engine.size === 0);
  change();
  expect(evaluations).toHaveLength(1);
  expect(feed.take()).toBeUndefined();
});
