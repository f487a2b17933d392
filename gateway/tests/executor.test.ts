import { createHarness, type Harness } from './support/harness';
import { SHOP } from './support/shop';

let harness: Harness;
beforeAll(async () => {
  harness = await createHarness(SHOP);
});
beforeEach(() => {
  for (const transport of harness.transports.values()) {
    transport.intercept = undefined;
    transport.requests.length = 0;
  }
});

const answer = (service: string, result: object) => {
  harness.transports.get(service)!.intercept = async () => structuredClone(result) as never;
};

describe('completion', () => {
  it('nulls bubble to the nearest nullable parent, with one error', async () => {
    answer('accounts', { data: { me: { name: 'Ada', address: { city: 'London', zip: null } } } });
    const { data, errors } = await harness.run('{ me { name address { city zip } } }');
    expect(data).toEqual({ me: { name: 'Ada', address: null } });
    expect(errors).toHaveLength(1);
    expect(errors![0]!.path).toEqual(['me', 'address', 'zip']);
    expect(errors![0]!.extensions.code).toBe('INTERNAL');
  });

  it.each([
    ['an Int beyond 32 bits', { price: 2 ** 31 }, { price: null }],
    ['an Int that is a fraction', { price: 1.5 }, { price: null }],
    ['an Int as a text', { price: '5' }, { price: null }],
    ['the smallest Int', { price: -(2 ** 31) }, { price: -(2 ** 31) }],
    ['a Float that is whole', { weight: 3 }, { weight: 3 }],
    ['an inaccessible enum value', { kind: 'SECRET' }, { kind: null }],
    ['an unknown enum value', { kind: 'NOPE' }, { kind: null }],
    ['an object for a String', { name: { a: 1 } }, null],
    ['a scalar for an object', { dimensions: 5 }, { dimensions: null }],
    ['no list for a list', { tags: 'x' }, { tags: null }],
  ])('%s', async (_name, product, expected) => {
    answer('catalog', { data: { product } });
    const field = Object.keys(product)[0]!;
    const { data, errors } = await harness.run(
      `{ product(id: "p1") { ${field} ${field === 'dimensions' ? '{ width }' : ''} } }`,
    );
    expect(data).toEqual({ product: expected });
    expect(errors === undefined).toBe(expected !== null && expected[field as never] !== null);
  });

  it('a long list that is wrong throughout is told a hundred times, not at every place', async () => {
    answer('catalog', { data: { products: Array.from({ length: 50_000 }, () => ({ price: 'x' })) } });
    const begin = performance.now();
    const { data, errors } = await harness.run('{ products { price } }');
    expect(performance.now() - begin).toBeLessThan(5_000);
    expect(data.products).toHaveLength(50_000);
    expect(data.products.at(-1)).toEqual({ price: null });
    expect(errors).toHaveLength(100);
  });

  it('an unknown or foreign __typename becomes null', async () => {
    answer('catalog', { data: { node: { __typename: 'Internal', id: 'x' } } });
    expect((await harness.run('{ node(id: "x") { id } }')).data).toEqual({ node: null });
    answer('catalog', { data: { node: { __typename: 'Hint', id: 'x' } } });
    const { data, errors } = await harness.run('{ node(id: "y") { __typename id } }');
    expect(data).toEqual({ node: null });
    expect(errors![0]!.path).toEqual(['node']);
  });

  it('fields called like members of every object are read from the answer only', async () => {
    answer('accounts', { data: { me: { toString: null } } });
    expect((await harness.run('{ me { toString: name constructor: name } }')).data).toEqual({
      me: { toString: null, constructor: null },
    });
  });

  it('refuses the alias __proto__', async () => {
    const { status, errors } = await harness.run('{ __proto__: me { name } }');
    expect(status).toBe(400);
    expect(errors![0]!.message).toContain('reserved');
    expect(harness.transports.get('accounts')!.requests).toHaveLength(0);
  });
});

describe('variables', () => {
  it('sends only those that a fetch uses and that were given', async () => {
    await harness.run('query ($n: Int, $id: ID!) { products(first: $n) { id } user(id: $id) { name } }', {
      id: 'a1',
      other: 1,
    });
    expect(harness.transports.get('accounts')!.requests[0]!.variables).toEqual({ id: 'a1' });
    expect(harness.transports.get('catalog')!.requests[0]!.variables).toEqual({});
  });

  it('coerces and fills in defaults', async () => {
    await harness.run('query ($id: ID!, $by: ProductFilter) { product(id: $id) { name } filter(by: $by) { name } }', {
      id: 7,
      by: {},
    });
    const requests = harness.transports.get('catalog')!.requests;
    expect(Object.assign({}, ...requests.map((request) => request.variables))).toEqual({
      id: '7',
      by: { kind: 'FURNITURE' },
    });
  });

  it.each([
    ['a missing required one', 'query ($id: ID!) { product(id: $id) { name } }', {}],
    ['a wrong type', 'query ($n: Int) { products(first: $n) { name } }', { n: 'many' }],
    ['an Int beyond 32 bits', 'query ($n: Int) { products(first: $n) { name } }', { n: 2 ** 40 }],
    ['an inaccessible enum value', 'query ($k: Kind) { products(kind: $k) { name } }', { k: 'SECRET' }],
    ['an unknown input field', 'query ($by: ProductFilter) { filter(by: $by) { name } }', { by: { nope: 1 } }],
  ])('refuses %s', async (_name, query, variables) => {
    const { status, data, errors } = await harness.run(query, variables);
    expect({ status, data, code: errors![0]!.extensions.code }).toEqual({
      status: 400,
      data: undefined,
      code: 'INVALID_INPUT',
    });
    expect(harness.transports.get('catalog')!.requests).toHaveLength(0);
  });

  it("a client's variable named representations does not clash", async () => {
    const { data } = await harness.run(
      'query ($representations: Int!) { topReviews(first: $representations) { product { name reviews(first: $representations) { id } } } }',
      { representations: 1 },
    );
    expect(data).toEqual({ topReviews: [{ product: { name: 'Table', reviews: [{ id: 'r1' }] } }] });
  });
});

describe('entities', () => {
  it('asks for each distinct entity once, and its answers do not alias each other', async () => {
    const { data } = await harness.run('{ topReviews { product { id dimensions { width } name } author { id } } }');
    const [request] = harness.transports.get('catalog')!.requests;
    expect((request!.variables.representations as unknown[]).length).toBe(3);
    expect(data.topReviews.map((review: { product: { name: string } }) => review.product.name)).toEqual([
      'Table',
      'Couch',
      'Table',
      'Book',
    ]);
  });

  it('an error of a shared representation is told at every place', async () => {
    harness.transports.get('catalog')!.intercept = async ({ variables }) => ({
      data: {
        _entities: (variables.representations as { id: string }[]).map(({ id }) => (id === 'p1' ? null : { name: id })),
      },
      errors: [{ message: 'gone', path: ['_entities', 0, 'name'], extensions: { code: 'NOT_FOUND' } }] as never,
    });
    const { data, errors } = await harness.run(
      '{ grid { id } topReviews { stars product { id name } } }'.replace('grid { id } ', ''),
    );
    expect(errors!.map(({ path }) => path)).toEqual([
      ['topReviews', 0, 'product', 'name'],
      ['topReviews', 2, 'product', 'name'],
    ]);
    expect(errors![0]!.extensions).toEqual({ code: 'NOT_FOUND', serviceName: 'catalog' });
    // Product.name and everything up to the root's list is non-null.
    expect(data).toBeNull();
  });

  it('skips an entity whose required field did not arrive, and keeps one whose required field is null', async () => {
    const seen: unknown[] = [];
    harness.transports.get('catalog')!.intercept = async () =>
      ({
        data: {
          products: [
            { __typename: 'Product', id: 'p1', weight: null },
            { __typename: 'Product', id: 'p2' },
          ],
        },
      }) as never;
    harness.transports.get('reviews')!.intercept = async ({ variables }) => {
      seen.push(...(variables.representations as unknown[]));
      return { data: { _entities: [{ shipping: 1 }] } } as never;
    };
    const { data } = await harness.run('{ products { id shipping } }');
    expect(seen).toEqual([{ __typename: 'Product', id: 'p1', weight: null }]);
    expect(data).toEqual({
      products: [
        { id: 'p1', shipping: 1 },
        { id: 'p2', shipping: null },
      ],
    });
  });

  it('keeps the type of an entity when an interface object answers the name of the interface', async () => {
    const { data, errors } = await harness.run('{ items { ... on Book { reviewCount t: __typename __typename id } } }');
    expect(errors).toBeUndefined();
    expect(data).toEqual({ items: [{ reviewCount: 7, t: 'Book', __typename: 'Book', id: 'i1' }, {}] });
  });

  it('a wrong number of entities is an error at every place', async () => {
    answer('accounts', { data: { _entities: [] } });
    const { data, errors } = await harness.run('{ topReviews(first: 2) { author { name } } }');
    expect(data).toEqual({ topReviews: [{ author: { name: null } }, { author: { name: null } }] });
    expect(errors!.map(({ path }) => path)).toEqual([
      ['topReviews', 0, 'author', 'name'],
      ['topReviews', 1, 'author', 'name'],
    ]);
  });

  it('input rewrites give an interface object its name without changing the entity', async () => {
    const { data } = await harness.run('{ items { __typename reviewCount } }');
    const [request] = harness.transports.get('reviews')!.requests;
    expect((request!.variables.representations as { __typename: string }[]).map((one) => one.__typename)).toEqual([
      'Item',
      'Item',
    ]);
    expect(data.items.map((item: { __typename: string }) => item.__typename)).toEqual(['Book', 'Film']);
  });
});

describe('a failing subgraph costs its fields only', () => {
  it('when it cannot be reached', async () => {
    harness.transports.get('reviews')!.intercept = () =>
      Promise.reject(new Error('connect ECONNREFUSED 10.0.0.1:4001'));
    const { status, data, errors } = await harness.run('{ me { name reviews { id } } products { name stars } }');
    expect(status).toBe(200);
    // `stars` and `reviews` are non-null, so each takes its nearest nullable parent along.
    expect(data).toBeNull();
    expect(errors!.map(({ path }) => path)).toContainEqual(['me', 'reviews']);
    for (const error of errors!) {
      expect(error.extensions).toEqual({ code: 'UNAVAILABLE', serviceName: 'reviews' });
      expect(error.message).not.toContain('10.0.0.1');
    }
  });

  it('nullable fields become null, the rest stays', async () => {
    harness.transports.get('accounts')!.intercept = () => Promise.reject(new Error('no'));
    const { data, errors } = await harness.run(
      '{ topReviews(first: 1) { stars author { id name } } me { name } products(first: 1) { name } }',
    );
    expect(data).toEqual({
      topReviews: [{ stars: 5, author: { id: 'a1', name: null } }],
      me: null,
      products: [{ name: 'Table' }],
    });
    expect(errors!.map(({ path }) => path)).toEqual(
      expect.arrayContaining([['me'], ['topReviews', 0, 'author', 'name']]),
    );
  });

  it('when it is too slow', async () => {
    const slow = await createHarness(SHOP, { timeoutMs: 50 });
    let aborted = false;
    slow.transports.get('accounts')!.intercept = ({ signal }) =>
      new Promise((_, reject) =>
        signal.addEventListener('abort', () => ((aborted = true), reject(signal.reason as Error))),
      );
    const { data, errors } = await slow.run('{ me { name } products(first: 1) { name } }');
    expect(data).toEqual({ me: null, products: [{ name: 'Table' }] });
    expect(errors).toEqual([
      expect.objectContaining({ path: ['me'], extensions: { code: 'UNAVAILABLE', serviceName: 'accounts' } }),
    ]);
    expect(aborted).toBe(true);
  });

  it('an error without a code is masked unless the operator shows it', async () => {
    const masked = await createHarness(SHOP, { exposeErrors: false });
    const { errors } = await masked.run('{ broken { id } }');
    expect(errors![0]!.message).not.toContain('it broke');
    expect(errors![0]!.message).toContain('request-1');
    expect(errors![0]!.extensions).toEqual({ code: 'INTERNAL', request_id: 'request-1', serviceName: 'catalog' });
    expect((await harness.run('{ broken { id } }')).errors![0]!.message).toBe('it broke');
  });

  it('never passes on stack traces', async () => {
    answer('accounts', {
      data: { me: null },
      errors: [
        { message: 'x', path: ['me'], extensions: { code: 'CONFLICT', stacktrace: ['at secret.ts'], exception: {} } },
      ],
    });
    const { errors } = await harness.run('{ me { name } }');
    expect(errors![0]!.extensions).toEqual({ code: 'CONFLICT', serviceName: 'accounts' });
  });
});

describe('plans are compiled once', () => {
  it('and run for other variables and conditions', async () => {
    const query = 'query ($a: Boolean!) { me { name @include(if: $a) id @skip(if: $a) } }';
    expect((await harness.run(query, { a: true })).data).toEqual({ me: { name: 'Ada' } });
    expect((await harness.run(query, { a: false })).data).toEqual({ me: { id: 'a1' } });
    expect((await harness.run(query, { a: true })).data).toEqual({ me: { name: 'Ada' } });
  });
});

describe('conditions', () => {
  it('do not make a field wait for the inputs of one that is skipped', async () => {
    const query = 'query ($no: Boolean!) { grid { shipping @skip(if: true) volume @include(if: $no) stars } }';
    const { data, errors } = await harness.run(query, { no: false });
    expect(errors).toBeUndefined();
    expect(data.grid[0][0]).toEqual({ stars: 4.5 });
    expect(harness.transports.get('catalog')!.requests[0]!.query).not.toMatch(/weight|dimensions/);
  });

  it('leave an empty object where everything is skipped, and ask nobody where all of the root is', async () => {
    const query = '{ me { name @skip(if: true) ...F @include(if: false) } } fragment F on User { id }';
    expect((await harness.run(query)).data).toEqual({ me: {} });
    harness.transports.forEach(({ requests }) => (requests.length = 0));
    expect((await harness.run('query ($a: Boolean = true) { me @skip(if: $a) { name } }')).data).toEqual({});
    expect([...harness.transports.values()].every(({ requests }) => requests.length === 0)).toBe(true);
  });

  it('may use the variable that entity fetches call representations', async () => {
    const query = `query ($representations: Boolean!) {
      topReviews(first: 1) { product { name @include(if: $representations) price } } }`;
    const product = async (representations: boolean) =>
      (await harness.run(query, { representations })).data.topReviews[0].product as unknown;
    expect(await product(true)).toEqual({ name: 'Table', price: 899 });
    expect(await product(false)).toEqual({ price: 899 });
  });
});
