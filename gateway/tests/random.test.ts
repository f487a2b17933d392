import { ApolloServer } from '@apollo/server';
import { ApolloGateway, LocalGraphQLDataSource } from '@apollo/gateway';
import {
  getNamedType,
  isAbstractType,
  isCompositeType,
  isRequiredArgument,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLSchema,
} from 'graphql';
import { compose } from './support/federation';
import { createHarness, silent, type Harness } from './support/harness';
import { SHOP } from './support/shop';

const RUNS = 300;
const INTERFACE_OBJECTS = new Set(['Item', 'Book', 'Film']);
const CONDITIONS = { yes: true, no: false };
const ARGUMENTS: Record<string, string> = {
  'Query.product': '(id: "p1")',
  'Query.node': '(id: "p2")',
  'Query.item': '(id: "i1")',
  'Query.user': '(id: "a2")',
  'Query.review': '(id: "r1")',
  'Query.search': '(text: "o")',
};

/** A small random generator with a seed, so that a failure can be repeated. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

/** A valid operation of random shape: aliases, fragments, conditions, every kind of type. */
function operationOf(schema: GraphQLSchema, seed: number): string {
  const random = randomOf(seed);
  const chance = (p: number): boolean => random() < p;
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!;
  let aliases = 0;

  const directive = (): string =>
    chance(0.12) ? ` @${pick(['skip', 'include'])}(if: ${pick(['$yes', '$no', 'true', 'false'])})` : '';
  const field = (type: GraphQLCompositeType, one: GraphQLField<unknown, unknown>, depth: number): string => {
    const named = getNamedType(one.type);
    const given = ARGUMENTS[`${type.name}.${one.name}`] ?? '';
    if (one.args.some(isRequiredArgument) && !given) return '__typename';
    const alias = chance(0.3) || given ? `f${aliases++}: ` : '';
    if (!isCompositeType(named)) return `${alias}${one.name}${given}${directive()}`;
    if (depth <= 0) return '__typename';
    // Without an alias, two selections of a field would have to agree in their arguments; there are none here.
    return `${alias}${one.name}${given}${directive()} { ${selection(named, depth - 1)} }`;
  };
  const selection = (type: GraphQLCompositeType, depth: number): string => {
    const parts: string[] = [];
    const fields = 'getFields' in type ? Object.values(type.getFields()) : [];
    for (let n = 1 + Math.floor(random() * 4); n > 0; n--) {
      // The stock gateway loses the type of an interface object's entity when it is asked for beside its fields.
      if (chance(0.15) && !INTERFACE_OBJECTS.has(type.name))
        parts.push(`${chance(0.5) ? `t${aliases++}: ` : ''}__typename`);
      else if (isAbstractType(type) && chance(0.6)) {
        const concrete = pick(schema.getPossibleTypes(type));
        parts.push(`... on ${concrete.name}${directive()} { ${selection(concrete, depth)} }`);
      } else if (chance(0.15)) parts.push(`...${directive()} { ${selection(type, depth - 1)} }`);
      else if (fields.length > 0) parts.push(field(type, pick(fields), depth));
    }
    // A selection of nothing that stays is served as an empty object; the stock gateway fails on it.
    if (parts.every((part) => part.includes('@'))) parts.push(INTERFACE_OBJECTS.has(type.name) ? 'id' : '__typename');
    return depth >= -3 ? parts.join(' ') : '__typename';
  };
  const text = selection(schema.getQueryType()!, 4);
  const used = ['yes', 'no'].filter((name) => text.includes(`$${name}`)).map((name) => `$${name}: Boolean!`);
  return `query ${used.length > 0 ? `(${used.join(', ')})` : ''} { ${text} }`;
}

describe('random operations', () => {
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

  it(`are answered as the stock gateway does, ${RUNS} of them`, async () => {
    let answered = 0;
    for (let seed = 1; seed <= RUNS; seed++) {
      const query = operationOf(harness.gateway.schemaState.schema, seed);
      const variables = Object.fromEntries(Object.entries(CONDITIONS).filter(([name]) => query.includes(`$${name}: `)));
      const response = await stock.executeOperation({ query, variables });
      if (response.body.kind !== 'single') throw new Error('one answer was expected');
      const expected = JSON.parse(JSON.stringify(response.body.singleResult)) as {
        data?: object | null;
        errors?: unknown[];
      };
      const actual = await harness.run(query, variables);
      // What is not even valid is refused by both.
      expect({ seed, query, data: actual.data, failed: actual.data === undefined }).toEqual({
        seed,
        query,
        data: expected.data,
        failed: expected.data === undefined,
      });
      if (expected.data) answered++;
    }
    expect(answered).toBeGreaterThan(RUNS / 2);
  });
});
