import { ManualClock } from '../../clock';
import { createLogger } from '../../logger';
import { createMemoryPubSub } from '../../pubsub/pubsub.memory';
import type { PubSub } from '../../pubsub/pubsub';
import { eventually } from '../../pubsub/tests/contract';
import { openMemoryCache } from '../cache.memory';
import { TagGenerations } from '../tag-generations';
import { cacheContract } from './contract';

const log = createLogger({ service: 'test', level: 'silent' });
const key = (name: string) => ({ tenantId: null, kind: 'test', key: name });
const ttlSeconds = 60;

describe('memory', () => {
  cacheContract(async () => {
    const clock = new ManualClock();
    const cache = await openMemoryCache({ clock, log });
    return {
      here: cache,
      there: cache,
      elapse: async (milliseconds) => clock.advance(milliseconds),
      close: () => cache.close(),
    };
  });

  it('forgets the least recently used when there are too many entries', async () => {
    const cache = await openMemoryCache({ clock: new ManualClock(), log, maxEntries: 3 });
    for (const name of ['a', 'b', 'c']) await cache.set(key(name), name, { ttlSeconds });
    await cache.get(key('a'));
    await cache.set(key('d'), 'd', { ttlSeconds });
    expect(await Promise.all(['a', 'b', 'c', 'd'].map((name) => cache.get(key(name))))).toEqual([
      'a',
      undefined,
      'c',
      'd',
    ]);
  });

  it('stays within its bytes, and does not keep what alone is too large', async () => {
    const cache = await openMemoryCache({ clock: new ManualClock(), log, maxBytes: 10_000 });
    expect(await cache.set(key('huge'), 'x'.repeat(10_000), { ttlSeconds })).toBe(false);
    for (let n = 0; n < 10; n++) await cache.set(key(`n${n}`), 'x'.repeat(2_000), { ttlSeconds });
    const kept = await Promise.all(Array.from({ length: 10 }, (_, n) => cache.get(key(`n${n}`))));
    expect(kept.filter(Boolean)).toHaveLength(4);
    expect(kept.slice(6).every(Boolean)).toBe(true);
  });

  it('lives a day at most', async () => {
    const clock = new ManualClock();
    const cache = await openMemoryCache({ clock, log });
    await cache.set(key('long'), 1, { ttlSeconds: Number.MAX_VALUE });
    clock.advance(86_400_001);
    expect(await cache.get(key('long'))).toBeUndefined();
  });
});

describe('memory caches of several processes', () => {
  it('hear of purges and deletions over the bus', async () => {
    const pubsub = createMemoryPubSub({ log });
    const open = () => openMemoryCache({ clock: new ManualClock(), log, pubsub });
    const [one, two] = [await open(), await open()];
    const many = Array.from({ length: 400 }, (_, n) => `tag ${n}`);
    await two.set(key('tagged'), 1, { ttlSeconds, tags: [many[399]!] });
    await two.set(key('plain'), 2, { ttlSeconds });
    const generations = await two.generations(null, many);
    await one.purge(null, many);
    await one.delete(key('plain'));
    await eventually(async () => {
      expect(await two.get(key('tagged'))).toBeUndefined();
      expect(await two.get(key('plain'))).toBeUndefined();
      expect(await two.set(key('late'), 1, { ttlSeconds, tags: many }, generations)).toBe(false);
    });
  });

  it('empty themselves on a gap, and refuse fills begun before it', async () => {
    let gap: (() => void | Promise<void>) | undefined;
    const memory = createMemoryPubSub({ log });
    const pubsub: PubSub = {
      ...memory,
      subscribe: (at, listener, onGap) => {
        gap = onGap;
        return memory.subscribe(at, listener, onGap);
      },
    };
    const cache = await openMemoryCache({ clock: new ManualClock(), log, pubsub });
    await cache.set(key('kept'), 1, { ttlSeconds });
    const generations = await cache.generations(null, ['t']);
    await gap!();
    expect(await cache.get(key('kept'))).toBeUndefined();
    expect(await cache.set(key('late'), 1, { ttlSeconds, tags: ['t'] }, generations)).toBe(false);
    expect(await cache.set(key('new'), 1, { ttlSeconds, tags: ['t'] }, await cache.generations(null, ['t']))).toBe(
      true,
    );
  });
});

describe('TagGenerations', () => {
  it('forgets old tags to stay bounded, and never takes a purged tag for an unpurged one', () => {
    const generations = new TagGenerations(2);
    const before = ['a', 'b', 'c', 'untouched'].map((tag) => generations.of(tag));
    ['a', 'b', 'c'].forEach((tag) => generations.purge(tag));
    const after = ['a', 'b', 'c', 'untouched'].map((tag) => generations.of(tag));
    after.slice(0, 3).forEach((generation, index) => expect(generation).toBeGreaterThan(before[index]!));
    expect(new Set(after.slice(0, 3)).size).toBe(3);
  });
});
