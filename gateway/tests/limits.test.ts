import { parse } from 'graphql';
import { checkDocumentLimits, DEFAULT_DOCUMENT_LIMITS } from '../limits/document-limits';
import { addressKey } from '../limits/address-key';
import { createMemoryRateLimiter } from '../limits/rate-limit';
import { caller, createHarness, type Harness } from './support/harness';
import { SHOP } from './support/shop';

let harness: Harness;
beforeAll(async () => {
  harness = await createHarness(SHOP);
});

const deep = (levels: number) => `{ me ${'{ bestFriend '.repeat(levels - 2)}{ name }${' }'.repeat(levels - 2)} }`;
const bomb = (levels: number) =>
  `{ me { ...F0 } } ${Array.from({ length: levels }, (_, n) => `fragment F${n} on User { ${n + 1 < levels ? `a${n}: bestFriend { ...F${n + 1} } b${n}: bestFriend { ...F${n + 1} }` : 'name'} }`).join(' ')}`;

describe('limits of a document', () => {
  it.each([
    ['a query of 30 levels', deep(30), 'depth'],
    [
      'levels inside fragments',
      `{ me { ...A } } fragment A on User ${deep(20).replace('{ me', '').slice(0, -2)}`,
      'depth',
    ],
    ['many aliases', `{ ${Array.from({ length: 101 }, (_, n) => `a${n}: __typename`).join(' ')} }`, 'aliases'],
    ['many root fields', `{ ${'me { id } '.repeat(51)} }`, 'rootFields'],
    ['many directives', `{ me { ${'id @skip(if: false) '.repeat(101)} } }`, 'directives'],
    ['a text of one long token', `{ user(id: "${'x'.repeat(9_000_000)}") { name } }`, 'characters'],
    ['many tokens', `{ me { ${'id '.repeat(15_001)} } }`, 'tokens'],
    ['many fields', `{ me { ${'id '.repeat(2_001)} } }`, 'fields'],
    ['fragments that double', bomb(14), 'aliases'],
    ['fragments that double without end', bomb(60), 'depth'],
  ])('refuses %s', async (_name, query, limit) => {
    const begin = performance.now();
    const { status, data, errors } = await harness.run(query);
    expect(performance.now() - begin).toBeLessThan(1_000);
    expect({ status, data }).toEqual({ status: 400, data: undefined });
    expect(errors).toHaveLength(1);
    expect(errors![0]!.extensions).toMatchObject({ code: 'QUERY_TOO_COMPLEX', limit });
    expect([...harness.transports.values()].every(({ requests }) => requests.length === 0)).toBe(true);
  });

  it('says what to do with long values, and keeps their text out of plans', async () => {
    const { errors } = await harness.run(`{ user(id: "${'x'.repeat(100_000)}") { name } }`);
    expect(errors![0]!.message).toMatch(/at most 100000 are allowed\. Send values as variables\.$/);
    const id = 'x'.repeat(200_000);
    expect((await harness.run('query ($id: ID!) { user(id: $id) { name } }', { id })).errors).toBeUndefined();
    harness.transports.forEach(({ requests }) => (requests.length = 0));
  });

  it('names of operations are short in logs and messages, and whole for the choice', async () => {
    const [a, b] = ['a', 'b'].map((end) => 'N'.repeat(5_000) + end) as [string, string];
    const query = `query ${a} { me { id } } query ${b} { me { name } }`;
    const chosen = await harness.runner.run({ query, operationName: b }, caller());
    expect(chosen.result.data).toEqual({ me: { name: 'Ada' } });
    expect(chosen.name!.length).toBeLessThan(110);
    const unknown = await harness.runner.run({ query, operationName: `${a}c` }, caller());
    expect(unknown.result.errors![0]!.message.length).toBeLessThan(200);
    harness.transports.forEach(({ requests }) => (requests.length = 0));
  });

  it('accepts what is just within', async () => {
    expect((await harness.run(deep(15))).errors).toBeUndefined();
    harness.transports.forEach(({ requests }) => (requests.length = 0));
  });

  it('leaves a cycle of fragments to validation', async () => {
    const { status, errors } = await harness.run(
      '{ me { ...A } } fragment A on User { bestFriend { ...B } } fragment B on User { ...A }',
    );
    expect(status).toBe(400);
    expect(errors![0]!.extensions.code).toBe('BAD_REQUEST');
  });

  it('does not count the standard introspection query as deep', () => {
    const { getIntrospectionQuery } = jest.requireActual<typeof import('graphql')>('graphql');
    expect(() => checkDocumentLimits(parse(getIntrospectionQuery()), DEFAULT_DOCUMENT_LIMITS)).not.toThrow();
  });
});

describe('documents that are not right', () => {
  it.each([
    ['a syntax error', '{ me { ', 'BAD_REQUEST'],
    ['an unknown field', '{ me { nope } }', 'UNKNOWN_FIELD'],
    ['no operation', 'fragment F on User { id }', 'BAD_REQUEST'],
    ['two operations and no name', 'query A { me { id } } query B { me { id } }', 'BAD_REQUEST'],
    ['an unused variable', 'query ($a: Int) { me { id } }', 'BAD_REQUEST'],
    ['a subscription over HTTP', 'subscription { reviewAdded { id } }', 'BAD_REQUEST'],
    ['a hidden field', '{ hidden }', 'UNKNOWN_FIELD'],
  ])('%s', async (_name, query, code) => {
    const { status, data, errors } = await harness.run(query);
    expect({ status, data, code: errors![0]!.extensions.code }).toEqual({ status: 400, data: undefined, code });
  });

  it('introspection can be switched off', async () => {
    const closed = await createHarness(SHOP, { introspection: false });
    expect((await closed.run('{ __schema { types { name } } }')).errors![0]!.message).toContain('switched off');
    expect((await closed.run('{ me { __typename } }')).data).toEqual({ me: { __typename: 'User' } });
  });
});

describe('rate limits', () => {
  it('allow as many as they say, by key, and tell when to come back', async () => {
    const limiter = createMemoryRateLimiter([
      { points: 3, seconds: 60 },
      { points: 100, seconds: 3_600 },
    ]);
    for (let n = 0; n < 3; n++) expect(await limiter.take('a')).toEqual({ allowed: true, retryAfterSeconds: 0 });
    const refused = await limiter.take('a');
    expect(refused.allowed).toBe(false);
    expect(refused.retryAfterSeconds).toBeGreaterThan(50);
    expect((await limiter.take('b')).allowed).toBe(true);
  });

  it('keep no more keys than they may', async () => {
    const limiter = createMemoryRateLimiter([{ points: 1, seconds: 60 }], 2);
    for (const key of ['a', 'b', 'c']) await limiter.take(key);
    expect((await limiter.take('c')).allowed).toBe(false);
    expect((await limiter.take('a')).allowed).toBe(true);
  });

  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::', '2001:db8:1:2::/64'],
    ['2001:db8:1:3::1', '2001:db8:1:3::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['no address', 'no address'],
    ['x'.repeat(100_000), 'x'.repeat(64)],
    [null, 'unknown'],
  ])('take %.40s as %.40s', (address, key) => {
    expect(addressKey(address)).toBe(key);
  });
});
