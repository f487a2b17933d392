import { buildSchema } from 'graphql';
import { compileRewrites } from '../executor/rewrites';
import { TypeConditions } from '../executor/type-conditions';
import type { TestSubgraph } from './support/federation';
import { createHarness } from './support/harness';

describe('rewrites', () => {
  const types = new TypeConditions(
    buildSchema('interface I { id: ID } type A implements I { id: ID } type B { id: ID } type Query { i: I }'),
  );

  it.each([0, false, '', null, 'x', { a: 1 }])('rename a key whose value is %p', (value) => {
    const rename = compileRewrites(
      [{ kind: 'KeyRenamer', path: ['list', '... on I', 'old'], renameKeyTo: 'new' }],
      types,
    )!;
    const data = {
      list: [[{ __typename: 'A', old: value }], { __typename: 'B', old: value }, null, { __typename: 'A' }],
    };
    rename(data);
    expect(data).toEqual({
      list: [[{ __typename: 'A', new: value }], { __typename: 'B', old: value }, null, { __typename: 'A' }],
    });
  });

  it('set a value', () => {
    const set = compileRewrites([{ kind: 'ValueSetter', path: ['... on A', '__typename'], setValueTo: 'I' }], types)!;
    const data = { __typename: 'A', id: '1' };
    set(data);
    expect(data).toEqual({ __typename: 'I', id: '1' });
  });
});

const animals: TestSubgraph[] = [
  {
    name: 'zoo',
    sdl: `
      type Query { animals: [Animal!]! }
      interface Animal { id: ID! }
      type Dog implements Animal @key(fields: "id") { id: ID! age: Int! @shareable }
      type Cat implements Animal @key(fields: "id") { id: ID! age: Int @shareable }`,
    resolvers: {
      Query: {
        animals: () => [
          { __typename: 'Dog', id: 'd', age: 0 },
          { __typename: 'Cat', id: 'c', age: null },
        ],
      },
    },
  },
  {
    name: 'vet',
    sdl: 'type Dog @key(fields: "id") { id: ID! age: Int @shareable } type Query { vets: Int }',
    resolvers: { Dog: { __resolveReference: (ref: object) => ({ ...ref, age: 1 }) } },
  },
];

it('answers a field that a subgraph knows with two types, zero and null included', async () => {
  const harness = await createHarness(animals);
  const { data, errors } = await harness.run('{ animals { id ... on Dog { age } ... on Cat { age } } }');
  expect(errors).toBeUndefined();
  expect(data).toEqual({
    animals: [
      { id: 'd', age: 0 },
      { id: 'c', age: null },
    ],
  });
  expect(harness.transports.get('zoo')!.requests[0]!.query).toMatch(/__alias_\d/);
});

const contexts: TestSubgraph[] = [
  {
    name: 'orders',
    sdl: `
      type Query { orders: [Order!]! }
      type Order @key(fields: "id") @context(name: "money") { id: ID! currency: String! lines: [[Line!]!]! }
      type Line @key(fields: "id") { id: ID! price(currency: String @fromContext(field: "$money { currency }")): String }`,
    resolvers: {
      Query: {
        orders: () => [
          { id: 'o1', currency: 'EUR', lines: [[{ id: 'l1' }, { id: 'l2' }]] },
          { id: 'o2', currency: 'CNY', lines: [[{ id: 'l1' }]] },
        ],
      },
      Line: {
        __resolveReference: (ref: object) => ref,
        price: ({ id }: { id: string }, { currency }: { currency: string }) => `${id} in ${currency}`,
      },
    },
  },
  { name: 'other', sdl: 'type Query { a: Int } type Line @key(fields: "id") { id: ID! weight: Int }', resolvers: {} },
];

it('entities with different contexts do not share a fetch', async () => {
  const harness = await createHarness(contexts);
  const { data, errors } = await harness.run('{ orders { lines { id price } } }');
  expect(errors).toBeUndefined();
  expect(data).toEqual({
    orders: [
      {
        lines: [
          [
            { id: 'l1', price: 'l1 in EUR' },
            { id: 'l2', price: 'l2 in EUR' },
          ],
        ],
      },
      { lines: [[{ id: 'l1', price: 'l1 in CNY' }]] },
    ],
  });
});
