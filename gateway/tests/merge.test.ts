import { clone, merge } from '../executor/merge';
import { collectAncestors, collectObjects, hydratePaths } from '../executor/paths';

describe('merge', () => {
  const merged = (target: Record<string, unknown>, source: Record<string, unknown>, copy = false) => {
    merge(target, source, copy);
    return target;
  };

  it('keeps what is known when another subgraph answers null', () => {
    expect(merged({ a: 1, b: { c: 2 } }, { a: null, b: null, d: null })).toEqual({ a: 1, b: { c: 2 }, d: null });
  });
  it('replaces null by a value, and a value by a later value', () => {
    expect(merged({ a: null, b: 1 }, { a: { x: 1 }, b: 0 })).toEqual({ a: { x: 1 }, b: 0 });
  });
  it('merges lists by index and keeps the rest of the longer one', () => {
    expect(merged({ l: [{ a: 1 }, null, { a: 3 }] }, { l: [{ b: 1 }, { b: 2 }] })).toEqual({
      l: [{ a: 1, b: 1 }, { b: 2 }, { a: 3 }],
    });
    expect(merged({ l: [{ a: 1 }] }, { l: [null, { b: 2 }] })).toEqual({ l: [{ a: 1 }, { b: 2 }] });
  });
  it('does not let an answer reach the prototype', () => {
    merge(
      {},
      JSON.parse('{"__proto__": {"polluted": true}, "a": {"__proto__": {"polluted": true}}}') as Record<
        string,
        unknown
      >,
    );
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect(merged({}, { constructor: 'x', toString: null } as Record<string, unknown>)).toEqual({
      constructor: 'x',
      toString: null,
    });
  });
  it('shares nothing when it copies', () => {
    const source = { a: { b: [1, { c: 2 }] } };
    const one = merged({}, source, true);
    merge(one, { a: { b: [5, { d: 6 }] } });
    expect(source).toEqual({ a: { b: [1, { c: 2 }] } });
    expect(clone(source)).toEqual(source);
  });
  it('replaces a frozen scalar object instead of changing it', () => {
    const scalar = Object.freeze({ x: 1 });
    expect(merged({ meta: scalar }, { meta: { x: 1 } })).toEqual({ meta: { x: 1 } });
  });
});

describe('paths', () => {
  const root = {
    list: [
      [{ id: 1, sub: { id: 'a' } }, null],
      null,
      [
        { id: 2, sub: null },
        { id: 3, sub: { id: 'c' } },
      ],
    ],
  };

  it('finds the same objects in the same order as it names them', () => {
    const path = ['list', '@', '@', 'sub'];
    expect(collectObjects([root], path)).toEqual([{ id: 'a' }, { id: 'c' }]);
    expect(hydratePaths(root, path)).toEqual([
      ['list', 0, 0, 'sub'],
      ['list', 2, 1, 'sub'],
    ]);
  });
  it('knows what is above an object', () => {
    expect(collectAncestors(root, ['list', '@', '@', 'sub']).map((chain) => chain.map((object) => object.id))).toEqual([
      [undefined, 1],
      [undefined, 3],
    ]);
  });
  it('leaves out what is no object', () => {
    expect(collectObjects([{ a: 5, b: null }], ['a'])).toEqual([]);
    expect(collectObjects([{ a: { b: 1 } }], ['a', '@', 'b'])).toEqual([]);
  });
});
