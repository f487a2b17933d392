import { LruCache } from '../cache/lru';
import { createHarness, silent, userIdentity as harnessIdentity } from './support/harness';
import { SHOP } from './support/shop';

describe('the bounded cache', () => {
  it('forgets what was used least recently', () => {
    const cache = new LruCache<string, number>(2);
    cache.set('a', 1);
    cache.set('b', 2);
    cache.get('a');
    cache.set('c', 3);
    expect([cache.get('a'), cache.get('b'), cache.get('c'), cache.size]).toEqual([1, undefined, 3, 2]);
  });
  it('counts weights, and does not keep what is heavier than all of it', () => {
    const cache = new LruCache<string, number>(10);
    cache.set('a', 1, 6);
    cache.set('b', 2, 6);
    expect([cache.get('a'), cache.get('b')]).toEqual([undefined, 2]);
    cache.set('b', 3, 11);
    expect([cache.get('b'), cache.size]).toEqual([undefined, 0]);
    cache.set('c', 1, 10);
    cache.clear();
    cache.set('d', 1, 10);
    expect([cache.get('c'), cache.get('d')]).toEqual([undefined, 1]);
  });
});

describe('plans', () => {
  it('are made once for an operation and its conditions, and again once forgotten', async () => {
    const harness = await createHarness(SHOP, { planBytes: 60_000 });
    const { schemaState } = harness.gateway;
    const plan = jest.spyOn(schemaState, 'plan');
    const query = 'query ($a: Boolean!) { me { id name @include(if: $a) } }';
    for (let n = 0; n < 5; n++) {
      await harness.run(query, { a: true });
      await harness.run(query, { a: false });
    }
    expect(plan).toHaveBeenCalledTimes(2);
    await harness.run('{ me { username } }');
    await harness.run('{ me { username } }');
    expect(plan).toHaveBeenCalledTimes(3);
    expect((await harness.run(query, { a: true })).data).toEqual({ me: { id: 'a1', name: 'Ada' } });
    expect(plan).toHaveBeenCalledTimes(4);
  });

  it('are weighed by their texts: a long one takes the place of many', async () => {
    const harness = await createHarness(SHOP, { planBytes: 200_000 });
    const plan = jest.spyOn(harness.gateway.schemaState, 'plan');
    await harness.run('{ me { id } }');
    await harness.run('{ me { name } }');
    await harness.run('{ me { id } }');
    expect(plan).toHaveBeenCalledTimes(2);
    const long = `{ user(id: "${'x'.repeat(1_700)}") { id } }`;
    expect((await harness.run(long)).data).toEqual({ user: null });
    await harness.run('{ me { id } }');
    await harness.run('{ me { name } }');
    expect(plan).toHaveBeenCalledTimes(5);
  });

  it('of two operations of one text are not mixed up', async () => {
    const harness = await createHarness(SHOP);
    const query = 'query A { me { id } } query B { me { name } }';
    const run = (operationName: string) =>
      harness.runner.run(
        { query, operationName },
        { identity: harnessIdentity(), signal: new AbortController().signal, log: silent },
      );
    expect((await run('A')).result.data).toEqual({ me: { id: 'a1' } });
    expect((await run('B')).result.data).toEqual({ me: { name: 'Ada' } });
    expect((await run('C')).status).toBe(400);
  });
});
