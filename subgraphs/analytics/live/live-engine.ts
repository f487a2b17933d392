import type { Clock } from '../../kernel/clock';
import type { TenantCtx } from '../../kernel/context';
import { DomainError } from '../../kernel/errors';
import { fingerprint } from '../../kernel/fingerprint';
import type { Logger } from '../../kernel/logger';
import type { MetricResult } from '../query/answer-query';
import type { MetricQuery } from '../query/metric-query.input';
import { untilNextStep } from '../query/time-range';
import type { ChangeListener } from './change-feed';
import { Gate } from './gate';
import type { Position } from './live-event';
import { LiveGroup } from './live-group';
import type { Subscriber } from './subscriber';
import { Watchers } from './watchers';

export interface LiveEngineOptions {
  evaluate(ctx: TenantCtx, query: MetricQuery): Promise<MetricResult>;
  clock: Clock;
  log: Logger;
  coalesceMs?: number;
  lingerMs?: number;
  /** Evaluations of this process at once; the rest of the columns' capacity is for requests. */
  concurrency?: number;
  mostGroups?: number;
  /** So that nobody takes the groups of all others. */
  mostGroupsPerTenant?: number;
}

/** All live queries of one process: groups of equal ones, woken by the changes of their datasets. */
export class LiveEngine implements ChangeListener {
  private readonly groups = new Map<string, LiveGroup>();
  private readonly groupsOf = new Map<string, number>();
  private readonly datasets = new Watchers();
  private readonly dashboards = new Watchers();
  private readonly gate: Gate;
  private stopped = false;

  constructor(private readonly options: LiveEngineOptions) {
    this.gate = new Gate(options.concurrency ?? 4);
  }

  /** Groups held, with or without readers. */
  get size(): number {
    return this.groups.size;
  }

  /**
   * Joins the group of this query. Throws what evaluating it throws, and RATE_LIMITED when this process holds too many, of all or of this tenant.
   *
   * @param onReady called when the subscriber has something to take.
   */
  async join(ctx: TenantCtx, query: MetricQuery, resume: Position | null, onReady: () => void): Promise<Subscriber> {
    if (this.stopped) throw new DomainError('UNAVAILABLE', 'This process is stopping. Connect again.');
    // Before a group is opened: without a first reader it would never be left, nor dropped.
    ctx.signal.throwIfAborted();
    const key = fingerprint(ctx.identity, { operation: 'analytics.live', variables: query, policies: ['tenant'] });
    const group = this.groups.get(key) ?? this.open(key, ctx, query);
    return group.join(resume, onReady, ctx.signal);
  }

  /** Calls back when answers about a dataset may have changed. Answers a function that ends it. */
  watchDataset(tenantId: string, datasetId: string, listener: () => void): () => void {
    return this.datasets.add(`${tenantId}/${datasetId}`, listener);
  }

  watchDashboard(tenantId: string, dashboardId: string, listener: () => void): () => void {
    return this.dashboards.add(`${tenantId}/${dashboardId}`, listener);
  }

  datasetChanged(tenantId: string, datasetId: string): void {
    this.datasets.notify(`${tenantId}/${datasetId}`);
  }

  dashboardChanged(tenantId: string, dashboardId: string): void {
    this.dashboards.notify(`${tenantId}/${dashboardId}`);
  }

  allChanged(): void {
    this.datasets.notifyAll();
    this.dashboards.notifyAll();
  }

  stop(): void {
    this.stopped = true;
    const error = new DomainError('UNAVAILABLE', 'This process is stopping. Connect again to go on where you were.');
    for (const group of this.groups.values()) group.close(error);
    this.groups.clear();
    this.groupsOf.clear();
  }

  /** Throws RATE_LIMITED when there is no room for another group. */
  private checkRoom(tenantId: string): void {
    const { mostGroups = 2_000, mostGroupsPerTenant = 500 } = this.options;
    const held = this.groupsOf.get(tenantId) ?? 0;
    if (held >= mostGroupsPerTenant) {
      throw new DomainError(
        'RATE_LIMITED',
        `This workspace has ${held} different live queries open, which is the most. Close dashboards that nobody watches, and try again in half a minute.`,
        { retryAfterSeconds: 30 },
      );
    }
    if (this.groups.size >= mostGroups) {
      throw new DomainError(
        'RATE_LIMITED',
        'Too many different live queries are open. Close some, or try again later.',
        { retryAfterSeconds: 30 },
      );
    }
  }

  private count(tenantId: string, change: 1 | -1): void {
    const held = (this.groupsOf.get(tenantId) ?? 0) + change;
    if (held > 0) this.groupsOf.set(tenantId, held);
    else this.groupsOf.delete(tenantId);
  }

  private open(key: string, ctx: TenantCtx, query: MetricQuery): LiveGroup {
    const { options } = this;
    this.checkRoom(ctx.tenantId);
    // Until the first answer tells what it was made from, the dataset that was asked is watched.
    let watched: readonly string[] = [];
    let unwatch: (() => void)[] = [];
    const watch = (datasets: readonly string[]): void => {
      if (datasets.length === watched.length && datasets.every((id, index) => id === watched[index])) return;
      watched = datasets;
      for (const end of unwatch) end();
      unwatch = datasets.map((id) => this.watchDataset(ctx.tenantId, id, () => group.changed()));
    };
    const group: LiveGroup = new LiveGroup({
      evaluate: (signal) => this.gate.run(() => options.evaluate({ ...ctx, signal }, query)),
      untilStep: () => untilNextStep(query.timeRange, options.clock.now()),
      now: () => options.clock.now().getTime(),
      coalesceMs: options.coalesceMs ?? 250,
      lingerMs: options.lingerMs ?? 30_000,
      log: options.log.child({ tenant_id: ctx.tenantId, dataset_id: query.dataset }),
      onDatasets: watch,
      onEmpty: () => {
        group.close();
        for (const end of unwatch) end();
        if (this.groups.delete(key)) this.count(ctx.tenantId, -1);
      },
    });
    watch([query.dataset]);
    this.groups.set(key, group);
    this.count(ctx.tenantId, 1);
    return group;
  }
}
