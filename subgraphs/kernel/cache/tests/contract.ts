import { newId } from '../../ids';
import type { Cache, CacheKey } from '../cache';

export interface CacheUnderTest {
  /** Two processes' views of one cache; the same object where there is only one process. */
  here: Cache;
  there: Cache;
  /** Lets this much time pass. */
  elapse(milliseconds: number): Promise<void>;
  close(): Promise<void>;
}

/** The cases every adapter must pass. */
export function cacheContract(open: () => Promise<CacheUnderTest>): void {
  let cache: CacheUnderTest;
  let tenantId: string;
  beforeAll(async () => void (cache = await open()));
  afterAll(() => cache?.close());
  beforeEach(() => void (tenantId = newId()));

  const keyOf = (name: string, tenant: string | null = tenantId): CacheKey => ({
    tenantId: tenant,
    kind: 'test',
    key: name,
  });
  const ttlSeconds = 60;

  it('keeps values of every JSON shape and answers copies', async () => {
    for (const value of [{ a: [1, { b: null }] }, 'Grüße \u0000 🐘', 0, false, null, [], 1.5e300]) {
      expect(await cache.here.set(keyOf('value'), value, { ttlSeconds })).toBe(true);
      expect(await cache.there.get(keyOf('value'))).toEqual(value);
    }
    await cache.here.set(keyOf('object'), { list: [1] }, { ttlSeconds });
    (await cache.here.get<{ list: number[] }>(keyOf('object')))!.list.push(2);
    expect(await cache.here.get(keyOf('object'))).toEqual({ list: [1] });
    expect(await cache.here.get(keyOf('never stored'))).toBeUndefined();
    await expect(cache.here.set(keyOf('nothing'), undefined, { ttlSeconds })).rejects.toThrow('JSON');
  });

  it('forgets after the time to live, which must be positive', async () => {
    await cache.here.set(keyOf('short'), 1, { ttlSeconds: 0.3 });
    expect(await cache.there.get(keyOf('short'))).toBe(1);
    await cache.elapse(350);
    expect(await cache.there.get(keyOf('short'))).toBeUndefined();
    for (const bad of [0, -1, Number.NaN]) {
      await expect(cache.here.set(keyOf('bad'), 1, { ttlSeconds: bad })).rejects.toThrow('longer');
    }
  });

  it('never shares an entry between tenants, kinds, or keys that look alike', async () => {
    const other = newId();
    await cache.here.set(keyOf('same'), 'mine', { ttlSeconds });
    expect(await cache.here.get(keyOf('same', other))).toBeUndefined();
    expect(await cache.here.get(keyOf('same', null))).toBeUndefined();
    expect(await cache.here.get({ ...keyOf('same'), kind: 'tes', key: 'tsame' })).toBeUndefined();
    await cache.here.set(keyOf('same', other), 'theirs', { ttlSeconds });
    await cache.here.set(keyOf('same', null), 'the platform’s', { ttlSeconds });
    expect(await cache.here.get(keyOf('same'))).toBe('mine');
    expect(await cache.here.get(keyOf('same', other))).toBe('theirs');
    await cache.here.delete(keyOf('same', other));
    expect(await cache.here.get(keyOf('same'))).toBe('mine');
  });

  it('purges by any one tag, in every process, this tenant alone', async () => {
    const other = newId();
    const tags = ['dashboard:1', 'dataset:2'];
    for (const [name, tenant] of [
      ['a', tenantId],
      ['b', tenantId],
      ['a', other],
    ] as const) {
      await cache.there.set(keyOf(name, tenant), name, { ttlSeconds, tags: name === 'a' ? tags : ['dataset:3'] });
    }
    await cache.here.purge(tenantId, ['dataset:2']);
    expect(await cache.here.get(keyOf('a'))).toBeUndefined();
    expect(await cache.there.get(keyOf('a'))).toBeUndefined();
    expect(await cache.there.get(keyOf('b'))).toBe('b');
    expect(await cache.there.get(keyOf('a', other))).toBe('a');
    await cache.here.purge(tenantId, []);
    expect(await cache.there.get(keyOf('b'))).toBe('b');
  });

  it('can be filled again after a purge', async () => {
    const tags = ['t'];
    await cache.here.set(keyOf('again'), 1, { ttlSeconds, tags });
    await cache.there.purge(tenantId, tags);
    const generations = await cache.here.generations(tenantId, tags);
    expect(await cache.here.set(keyOf('again'), 2, { ttlSeconds, tags }, generations)).toBe(true);
    expect(await cache.there.get(keyOf('again'))).toBe(2);
  });

  it('does not store what was computed before a purge', async () => {
    const tags = ['metrics', 'never purged'];
    const generations = await cache.here.generations(tenantId, tags);
    await cache.there.purge(tenantId, ['metrics']); // while the fill is being computed
    expect(await cache.here.set(keyOf('stale'), 'stale', { ttlSeconds, tags }, generations)).toBe(false);
    expect(await cache.there.get(keyOf('stale'))).toBeUndefined();
    // Also when the tag had been purged before, so that it has a generation already.
    const second = await cache.here.generations(tenantId, tags);
    await cache.there.purge(tenantId, ['metrics']);
    await cache.there.purge(tenantId, ['metrics']);
    expect(await cache.here.set(keyOf('stale'), 'stale', { ttlSeconds, tags }, second)).toBe(false);
    expect(await cache.here.get(keyOf('stale'))).toBeUndefined();
  });

  it('never shows a value computed before a purge that has resolved, however fills and purges race', async () => {
    const tags = ['race'];
    const key = keyOf('race');
    let truth = 0;
    const fill = async (side: Cache) => {
      const generations = await side.generations(tenantId, tags);
      const computed = truth;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 5));
      await side.set(key, computed, { ttlSeconds, tags }, generations);
    };
    for (let round = 1; round <= 40; round++) {
      const fills = [cache.here, cache.there, cache.here].map(fill);
      truth = round;
      await cache.here.purge(tenantId, tags);
      expect((await cache.there.get<number>(key)) ?? round).toBe(round);
      await Promise.all(fills);
      expect((await cache.there.get<number>(key)) ?? round).toBe(round);
    }
  });

  it('refuses a fill that has a tag whose generation it did not read', async () => {
    const generations = await cache.here.generations(tenantId, ['asked']);
    await expect(
      cache.here.set(keyOf('k'), 1, { ttlSeconds, tags: ['asked', 'not asked'] }, generations),
    ).rejects.toThrow('not asked');
  });

  it('deletes one entry in every process', async () => {
    await cache.here.set(keyOf('one'), 1, { ttlSeconds, tags: ['t'] });
    await cache.here.set(keyOf('two'), 2, { ttlSeconds, tags: ['t'] });
    await cache.there.delete(keyOf('one'));
    await cache.there.delete(keyOf('one'));
    expect(await cache.here.get(keyOf('one'))).toBeUndefined();
    expect(await cache.here.get(keyOf('two'))).toBe(2);
  });
}
