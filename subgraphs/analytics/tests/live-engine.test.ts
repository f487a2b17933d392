import fc from 'fast-check';
import { systemClock } from '../../kernel/clock';
import type { TenantCtx } from '../../kernel/context';
import { DomainError } from '../../kernel/errors';
import { CacheStatus, FieldType } from '../../kernel/graphql/shared-types';
import { newId } from '../../kernel/ids';
import { createLogger } from '../../kernel/logger';
import { testIdentity } from '../../kernel/testing/subgraph';
import { ColumnRole, type MetricRow } from '../query/answer';
import type { MetricResult } from '../query/answer-query';
import { metricQueryInput } from '../query/metric-query.input';
import { DashboardFeeds } from '../live/dashboard-feeds';
import { LiveEngine } from '../live/live-engine';
import type { Position } from '../live/live-event';
import type { Subscriber } from '../live/subscriber';
import { LiveReader } from './live-reader';
import { until } from './workspace';

const DATASET = newId();
const TENANT = newId();
const QUERY = metricQueryInput.parse({ dataset: DATASET, measures: ['count'], dimensions: ['s'] });
const log = createLogger({ service: 'test', level: 'silent' });

const ctxOf = (permissions = ['read:data'], tenantId = TENANT, signal = new AbortController().signal): TenantCtx => {
  const identity = testIdentity(tenantId, permissions);
  return { identity, tenantId, signal, log } as unknown as TenantCtx;
};

const resultOf = (rows: readonly MetricRow[], name = 's'): MetricResult => ({
  columns: [{ name, label: name, role: ColumnRole.DIMENSION, type: FieldType.STRING, unit: null, derive: null }],
  rows: [...rows],
  truncated: false,
  datasets: [DATASET],
  receipt: {
    freshness: null,
    watermark: null,
    version: newId(),
    rowsScanned: 0,
    bytesScanned: 0,
    elapsedMs: 0,
    cost: 0,
    cache: CacheStatus.MISS,
    imports: [],
    policies: [],
    stale: false,
  },
});

/** An engine whose query answers what the test puts there. */
function startEngine(
  options: { lingerMs?: number; coalesceMs?: number; mostGroups?: number; mostGroupsPerTenant?: number } = {},
) {
  const world = {
    answer: (): MetricResult => resultOf([]),
    evaluations: 0,
    engine: undefined as unknown as LiveEngine,
    async change(answer: () => MetricResult) {
      const before = world.evaluations;
      world.answer = answer;
      world.engine.datasetChanged(TENANT, DATASET);
      while (world.evaluations === before) await new Promise((resolve) => setImmediate(resolve));
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
  world.engine = new LiveEngine({
    evaluate: async () => {
      world.evaluations++;
      return world.answer();
    },
    clock: systemClock,
    log,
    coalesceMs: 0,
    ...options,
  });
  return world;
}

const drain = (subscriber: Subscriber, reader: LiveReader): Position | null => {
  let position: Position | null = null;
  for (let event = subscriber.take(); event; event = subscriber.take()) {
    reader.apply(event);
    position = event.position;
  }
  return position;
};

const rows = fc
  .uniqueArray(fc.record({ key: fc.constantFrom(...'abcdefgh'), value: fc.nat(3) }), { selector: ({ key }) => key })
  .map((given) => given.map(({ key, value }): MetricRow => ({ key, values: [key, value] })));
/** What a reader does after a change: read, do nothing, go away and come back later. */
const moves = fc.array(fc.tuple(rows, fc.constantFrom('read', 'sleep', 'leave'), fc.boolean()), {
  minLength: 1,
  maxLength: 40,
});

it('keeps snapshot plus deltas equal to a fresh answer, for readers that are prompt, slow or away', async () => {
  await fc.assert(
    fc.asyncProperty(moves, async (steps) => {
      const world = startEngine();
      const ctx = ctxOf();
      const prompt = {
        reader: new LiveReader(),
        subscriber: await world.engine.join(ctx, QUERY, null, () => undefined),
      };
      const other = new LiveReader();
      let position: Position | null = null;
      let visitor: Subscriber | null = await world.engine.join(ctx, QUERY, null, () => undefined);
      for (const [next, move, reorder] of steps) {
        await world.change(() => resultOf(reorder ? [...next].reverse() : next));
        const fresh = world.answer().rows;
        drain(prompt.subscriber, prompt.reader);
        expect(prompt.reader.rows).toEqual(fresh);
        if (move === 'sleep') continue;
        visitor ??= await world.engine.join(ctx, QUERY, position, () => undefined);
        position = drain(visitor, other) ?? position;
        expect(other.rows).toEqual(fresh);
        if (move === 'leave') {
          visitor.close();
          visitor = null;
        }
      }
      world.engine.stop();
    }),
    { numRuns: 150 },
  );
}, 120_000);

const row = (key: string, value: number): MetricRow => ({ key, values: [key, value] });

describe('a live group', () => {
  it('is evaluated once per change, however many watch', async () => {
    const world = startEngine();
    const readers = await Promise.all(
      Array.from({ length: 200 }, () => world.engine.join(ctxOf(), QUERY, null, () => undefined)),
    );
    expect(world.evaluations).toBe(1);
    expect(world.engine.size).toBe(1);
    await world.change(() => resultOf([row('a', 1)]));
    expect(world.evaluations).toBe(2);
    for (const reader of readers) expect(reader.take()?.kind).toBe('SNAPSHOT');
  });

  it('is not shared across tenants or rights', async () => {
    const world = startEngine();
    for (const ctx of [ctxOf(), ctxOf(['read:dashboards']), ctxOf(['read:data'], newId())]) {
      await world.engine.join(ctx, QUERY, null, () => undefined);
    }
    expect(world.engine.size).toBe(3);
    expect(world.evaluations).toBe(3);
  });

  it('gathers changes that come close together', async () => {
    const world = startEngine({ coalesceMs: 100 });
    const subscriber = await world.engine.join(ctxOf(), QUERY, null, () => undefined);
    subscriber.take();
    world.answer = () => resultOf([row('a', 1)]);
    for (let n = 0; n < 50; n++) {
      world.engine.datasetChanged(TENANT, DATASET);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await until(() => subscriber.take() !== undefined);
    expect(world.evaluations).toBeLessThanOrEqual(6);
  });

  it('costs nothing without readers, catches up one that returns, and is dropped after a while', async () => {
    const world = startEngine({ lingerMs: 200 });
    const reader = new LiveReader();
    const first = await world.engine.join(ctxOf(), QUERY, null, () => undefined);
    const position = drain(first, reader);
    first.close();
    world.answer = () => resultOf([row('a', 1)]);
    for (let n = 0; n < 10; n++) world.engine.datasetChanged(TENANT, DATASET);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(world.evaluations).toBe(1);

    const again = await world.engine.join(ctxOf(), QUERY, position, () => undefined);
    drain(again, reader);
    expect(reader.kinds).toEqual(['SNAPSHOT', 'DELTA']);
    expect(reader.rows).toEqual([row('a', 1)]);
    again.close();
    await until(() => world.engine.size === 0);
    world.engine.datasetChanged(TENANT, DATASET);
    expect(world.evaluations).toBe(2);
  });

  it('resets a reader whose position is unknown or too old', async () => {
    const world = startEngine();
    const first = await world.engine.join(ctxOf(), QUERY, null, () => undefined);
    const { position } = first.take()!;
    for (let n = 1; n <= 70; n++) await world.change(() => resultOf([row('a', n)]));
    for (const known of [position, { epoch: newId(), sequence: 1 }, { ...position, sequence: 1_000 }]) {
      const late = await world.engine.join(ctxOf(), QUERY, known, () => undefined);
      expect(late.take()).toMatchObject({ kind: 'RESET', rows: [row('a', 70)] });
      expect(late.take()).toBeUndefined();
    }
  });

  it('holds little for a reader that does not read, and resets it when it does', async () => {
    const world = startEngine();
    const slow = await world.engine.join(ctxOf(), QUERY, null, () => undefined);
    expect(slow.take()?.kind).toBe('SNAPSHOT');
    for (let n = 1; n <= 40; n++) await world.change(() => resultOf([row('a', n)]));
    expect(slow.take()).toMatchObject({ kind: 'RESET', rows: [row('a', 40)] });
    expect(slow.take()).toBeUndefined();
    await world.change(() => resultOf([row('a', 41)]));
    expect(slow.take()).toMatchObject({ kind: 'DELTA', rows: [row('a', 41)] });
  });

  it('resets when the columns are others', async () => {
    const world = startEngine();
    const subscriber = await world.engine.join(ctxOf(), QUERY, null, () => undefined);
    subscriber.take();
    await world.change(() => resultOf([row('a', 1)], 'renamed'));
    expect(subscriber.take()).toMatchObject({ kind: 'RESET', columns: [{ name: 'renamed' }] });
  });

  it('says nothing when nothing changed', async () => {
    const world = startEngine();
    const subscriber = await world.engine.join(ctxOf(), QUERY, null, () => undefined);
    subscriber.take();
    await world.change(() => resultOf([]));
    expect(subscriber.take()).toBeUndefined();
  });

  it('outlives a store that is away, and tells readers what cannot be mended', async () => {
    const world = startEngine();
    const subscriber = await world.engine.join(ctxOf(), QUERY, null, () => undefined);
    subscriber.take();
    await world.change(() => {
      throw new DomainError('UNAVAILABLE', 'away');
    });
    expect(subscriber.take()).toBeUndefined();
    world.answer = () => resultOf([row('a', 1)]);
    let event = subscriber.take();
    await until(() => (event ??= subscriber.take()) !== undefined);
    expect(event).toMatchObject({ kind: 'DELTA', rows: [row('a', 1)] });

    await world.change(() => {
      throw new DomainError('UNKNOWN_MEASURE', 'gone');
    });
    expect(() => subscriber.take()).toThrow('gone');
    await expect(world.engine.join(ctxOf(), QUERY, null, () => undefined)).rejects.toThrow('gone');
  });

  it('says that its rows are stale while the store is away, and that they are not when it is back', async () => {
    const world = startEngine();
    const subscriber = await world.engine.join(ctxOf(), QUERY, null, () => undefined);
    subscriber.take();
    const next = async () => {
      let event = subscriber.take();
      await until(() => (event ??= subscriber.take()) !== undefined);
      return event;
    };
    await world.change(() => {
      throw new DomainError('UNAVAILABLE', 'away');
    });
    expect(await next()).toMatchObject({ kind: 'DELTA', rows: [], receipt: { stale: true } });
    world.answer = () => resultOf([]);
    expect(await next()).toMatchObject({ kind: 'DELTA', rows: [], receipt: { stale: false } });
  });

  it('takes in nobody who has left, and is dropped when the others have', async () => {
    const world = startEngine({ lingerMs: 20 });
    const left = ctxOf(['read:data'], TENANT, AbortSignal.abort());
    const join = (ctx: TenantCtx) => world.engine.join(ctx, QUERY, null, () => undefined);
    await expect(join(left)).rejects.toThrow(/abort/);
    expect(world.engine.size).toBe(0);
    const stays = await join(ctxOf());
    await expect(join(left)).rejects.toThrow(/abort/);
    stays.close();
    await until(() => world.engine.size === 0);
  });

  it('is not joined by a dashboard that was closed while its tiles were read', async () => {
    const world = startEngine();
    const feeds = new DashboardFeeds(world.engine, ctxOf(), () => undefined, new Map(), null);
    feeds.close();
    feeds.follow([{ id: newId(), query: QUERY }]);
    expect(world.engine.size).toBe(0);
  });

  it('leaves room for other tenants, and room again when a group goes', async () => {
    const world = startEngine({ mostGroupsPerTenant: 2, lingerMs: 20 });
    const join = (limit: number, tenantId = TENANT) =>
      world.engine.join(ctxOf(['read:data'], tenantId), { ...QUERY, limit }, null, () => undefined);
    const first = await join(1);
    await join(2);
    await join(2); // a reader more is no group more
    await expect(join(3)).rejects.toMatchObject({ code: 'RATE_LIMITED', message: expect.stringContaining('Close') });
    await join(3, newId());
    expect(world.engine.size).toBe(3);
    first.close();
    await until(() => world.engine.size === 2);
    await join(3);
    await expect(join(4)).rejects.toMatchObject({ code: 'RATE_LIMITED' });
  });

  it('refuses one group too many, and everybody once it has stopped', async () => {
    const world = startEngine({ mostGroups: 1 });
    await world.engine.join(ctxOf(), QUERY, null, () => undefined);
    await expect(world.engine.join(ctxOf([], newId()), QUERY, null, () => undefined)).rejects.toThrow(/Too many/);
    world.engine.stop();
    await expect(world.engine.join(ctxOf(), QUERY, null, () => undefined)).rejects.toThrow(/stopping/);
  });
});
