import { ApolloServer } from '@apollo/server';
import { ApolloGateway, LocalGraphQLDataSource } from '@apollo/gateway';
import { compose } from './support/federation';
import { createHarness, silent, type Harness } from './support/harness';
import { SHOP } from './support/shop';
import { CORPUS } from './support/corpus';

describe('answers equal those of the stock gateway', () => {
  let harness: Harness;
  let stock: ApolloServer;

  beforeAll(async () => {
    harness = await createHarness(SHOP);
    const { supergraphSdl, schemas } = compose(SHOP);
    const gateway = new ApolloGateway({
      supergraphSdl,
      buildService: ({ name }) => new LocalGraphQLDataSource(schemas.get(name)!),
      logger: silent as never, // same methods, another type
    });
    stock = new ApolloServer({ gateway, logger: silent as never });
    await stock.start();
  });
  afterAll(() => stock.stop());

  // A loop, since `it.each` takes a missing third value for a callback.
  for (const [name, query, variables] of CORPUS)
    it(name, async () => {
      const response = await stock.executeOperation({ query, variables });
      if (response.body.kind !== 'single') throw new Error('one answer was expected');
      const expected = JSON.parse(JSON.stringify(response.body.singleResult)) as { data?: unknown; errors?: unknown[] };
      const actual = await harness.run(query, variables);
      expect(actual.data).toEqual(expected.data);
      if (expected.errors) expect(actual.errors?.length).toBeGreaterThan(0);
    });
});
