import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf } from '../../kernel/columns/clickhouse-errors';
import type { TenantCtx } from '../../kernel/context';
import { DomainError } from '../../kernel/errors';
import { fingerprint } from '../../kernel/fingerprint';
import { CacheStatus, type Receipt } from '../../kernel/graphql/shared-types';
import { newId } from '../../kernel/ids';
import { servicesOf } from '../services';
import type { DatasetModel } from '../model/model-store';
import { toAnswer, type Answer } from './answer';
import { compile } from './compile';
import { freshnessOf } from './freshness';
import { loadQueryModel } from './load-query-model';
import type { MetricQuery } from './metric-query.input';
import type { Plan } from './plan';
import type { QueryModel } from './resolve-columns';
import { resolvePlan } from './resolve';

export interface MetricResult extends Answer {
  receipt: Receipt;
  /** Ids of the datasets it was made from. */
  datasets: string[];
}

const POLICIES = ['tenant'] as const;
const HOUR_SECONDS = 3_600;
/** Answers about a moving window are of no use for long; those about events are replaced by the next event. */
const SHORT_SECONDS = 300;
const ATTEMPTS = 5;
const PAUSE_MS = 150;
const UNKNOWN_TABLE = 60;

const isMissingTable = (error: unknown): boolean =>
  error instanceof DomainError && codeOf(error.cause) === UNKNOWN_TABLE;

const replaced = (cause: unknown): DomainError =>
  new DomainError(
    'UNAVAILABLE',
    'The data of this dataset is being replaced. Try again in a moment.',
    { retryAfterSeconds: 1 },
    { cause },
  );

/** Change it when the compiler answers the same question differently: old entries are then never read again. */
const COMPILER = 'analytics.metric_query@2';

/**
 * Answers a query from the cache or the columns, with its receipt. Equal questions at the same time are computed once.
 *
 * Throws NOT_FOUND, UNKNOWN_MEASURE, UNKNOWN_DIMENSION, INVALID_INPUT, and what the columns throw.
 */
export async function answerQuery(ctx: TenantCtx, query: MetricQuery): Promise<MetricResult> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await answerOnce(ctx, query);
    } catch (error) {
      if (!isMissingTable(error)) throw error;
      // A publication has replaced the table since we looked; the news of it is on its way to us.
      if (attempt === ATTEMPTS) throw replaced(error);
      await sleep(PAUSE_MS, undefined, { signal: ctx.signal });
    }
  }
}

async function answerOnce(ctx: TenantCtx, query: MetricQuery): Promise<MetricResult> {
  const models = await loadQueryModel(ctx, query.dataset);
  const plan = resolvePlan(ctx.tenantId, query, models, ctx.clock.now());
  const version = dataVersion(ctx, models, plan);
  const { timeRange: _resolved, ...asked } = query;
  const print = fingerprint(ctx.identity, {
    operation: COMPILER,
    variables: { ...asked, range: plan.range },
    policies: POLICIES,
    ...(version === null ? {} : { dataVersion: version }),
  });
  const key = { tenantId: ctx.tenantId, kind: 'metric-query', key: print };
  const compute = (signal: AbortSignal) => computeAnswer(ctx, { models, plan, version, signal });
  const { flights } = servicesOf(ctx.stores);
  if (version === null) {
    const result = await compute(ctx.signal);
    return { ...result, receipt: { ...result.receipt, cache: CacheStatus.BYPASS } };
  }
  const known = await ctx.stores.cache.get<MetricResult>(key);
  if (known) return fromCache(known);
  return flights.run(print, ctx.signal, async (signal) => {
    const tags = [models.base, ...models.targets.values()].map(({ dataset }) => `dataset:${dataset.id}`);
    const generations = await ctx.stores.cache.generations(ctx.tenantId, tags);
    const result = await compute(signal);
    const ttlSeconds = query.timeRange?.last || models.base.dataset.kind === 'EVENTS' ? SHORT_SECONDS : HOUR_SECONDS;
    await ctx.stores.cache.set(key, result, { ttlSeconds, tags }, generations);
    return result;
  });
}

interface Work {
  models: QueryModel;
  plan: Plan;
  version: string | null;
  signal: AbortSignal;
}

async function computeAnswer(ctx: TenantCtx, { models, plan, version, signal }: Work): Promise<MetricResult> {
  const { query, params, columns } = compile(plan);
  // Before the rows are read, so that they hold everything it vouches for.
  const watermark = plan.base.kind === 'EVENTS' ? await servicesOf(ctx.stores).watermark.now() : null;
  const [{ rows, stats }, freshness] = await Promise.all([
    ctx.stores.columns.query(query, params, { signal, limits: { maxResultRows: plan.limit + 1 } }),
    freshnessOf(ctx, models.base, version, signal),
  ]);
  const used = [plan.base, ...plan.joins.map(({ target }) => target)];
  const receipt: Receipt = {
    freshness,
    watermark,
    version: createHash('sha256')
      .update(version ?? newId())
      .digest('base64url')
      .slice(0, 22),
    rowsScanned: stats.rowsRead,
    bytesScanned: stats.bytesRead,
    elapsedMs: stats.elapsedMs,
    cost: costOf(stats),
    cache: CacheStatus.MISS,
    imports: [...new Set(used.flatMap(({ importId }) => importId ?? []))],
    policies: [...POLICIES],
    stale: false,
  };
  return { ...toAnswer(plan, columns, rows), receipt, datasets: used.map(({ id }) => id) };
}

/** A hit costs nothing; what the answer was made from stays as it was. */
function fromCache(known: MetricResult): MetricResult {
  const { freshness, watermark } = known.receipt as { freshness: string | null; watermark: string | null };
  const receipt: Receipt = {
    ...known.receipt,
    freshness: freshness === null ? null : new Date(freshness),
    watermark: watermark === null ? null : new Date(watermark),
    cache: CacheStatus.HIT,
    elapsedMs: 0,
    cost: 0,
  };
  return { ...known, receipt };
}

/** One unit for each million rows or hundred megabytes read, whichever is more. */
export const costOf = ({ rowsRead, bytesRead }: { rowsRead: number; bytesRead: number }): number =>
  Number(Math.max(rowsRead / 1e6, bytesRead / 1e8).toFixed(6));

/** Everything that can change the answer besides the question: publications, definitions, events. Null when it cannot be known. */
function dataVersion(ctx: TenantCtx, { base, targets }: QueryModel, plan: Plan): string | null {
  const used = [base, ...plan.joins.flatMap(({ name }) => targets.get(name) ?? [])];
  const parts = used.map((item) => versionOf(ctx, item));
  return parts.some((part) => part === null) ? null : parts.join(',');
}

function versionOf(ctx: TenantCtx, { dataset, model }: DatasetModel): string | null {
  const published = `${dataset.id}:d${dataset.version}:m${model.version}`;
  if (dataset.kind === 'TABLE') return published;
  const events = servicesOf(ctx.stores).versions.of(ctx.tenantId, dataset.id);
  return events === null ? null : `${published}:${events}`;
}
