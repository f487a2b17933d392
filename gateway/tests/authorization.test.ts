import type { Identity } from '../../subgraphs/kernel/context';
import { anonymousIdentity } from '../../subgraphs/kernel/identity';
import type { TestSubgraph } from './support/federation';
import { createHarness, userIdentity, type Harness } from './support/harness';

const person = { id: '1', name: 'Ada', ssn: '123', salary: 10, rank: 7, note: 'n', self: null };
const graph: TestSubgraph[] = [
  {
    name: 'people',
    sdl: `
      type Query { me: Person people: [Person!]! strict: Person! @authenticated open: String secret: Secret secrets: [Secret!] found: [Found!]!
        node: Node nodes: [Node!]! level: Level card: Card plain: Plain }
      type Mutation { free: Int guarded: Int @requiresScopes(scopes: [["write:data"]]) }
      interface Node { id: ID! label: String }
      type Person implements Node @key(fields: "id") {
        id: ID! label: String @authenticated name: String ssn: String @authenticated self: Person
        salary: Int @requiresScopes(scopes: [["read:pay", "read:data"], ["admin"]])
        rank: Int! @requiresScopes(scopes: [["read:rank"]])
        both: Int @shareable @requiresScopes(scopes: [["read:a"]])
        note: String @policy(policies: [["trusted"]])
        twice: Int @authenticated @requiresScopes(scopes: [["read:a"]])
      }
      type Secret @authenticated { text: String }
      type Plain implements Node { id: ID! label: String }
      union Found = Person | Secret | Plain
      scalar Card @requiresScopes(scopes: [["read:cards"]])
      enum Level @authenticated { LOW HIGH }
    `,
    resolvers: {
      Query: {
        me: () => person,
        people: () => [person, person],
        strict: () => person,
        open: () => 'open',
        secret: () => ({ text: 'hush' }),
        secrets: () => [{ text: 'hush' }],
        found: () => [
          { __typename: 'Person', ...person },
          { __typename: 'Secret', text: 'hush' },
          { __typename: 'Plain', id: 'p', label: 'plain' },
        ],
        node: () => ({ __typename: 'Person', ...person, label: 'person' }),
        nodes: () => [{ __typename: 'Plain', id: 'p', label: 'plain' }],
        level: () => 'LOW',
        card: () => '4242',
        plain: () => ({ id: 'p', label: 'plain' }),
      },
      Mutation: { free: () => 1, guarded: () => 2 },
      Person: { self: () => person, both: () => 1, twice: () => 2 },
    },
  },
  {
    name: 'extra',
    sdl: `type Query { x: Int }
      type Person @key(fields: "id") { id: ID! both: Int @shareable @requiresScopes(scopes: [["read:b"]]) hobby: String @requiresScopes(scopes: [["read:hobby"]]) }`,
    resolvers: { Person: { __resolveReference: (ref: object) => ({ ...ref, hobby: 'chess', both: 1 }) } },
  },
];

let harness: Harness;
beforeAll(async () => {
  harness = await createHarness(graph);
});

const nobody = anonymousIdentity('request-1', null);
const with_ = (...permissions: string[]) => userIdentity(permissions);

interface Case {
  name: string;
  as?: Identity;
  query: string;
  variables?: Record<string, unknown>;
  data: unknown;
  denied?: string[];
}

const CASES: Case[] = [
  { name: 'an open field is open', query: '{ open }', data: { open: 'open' } },
  {
    name: 'a field for the signed-in is null to the anonymous',
    query: '{ me { name ssn } }',
    data: { me: { name: 'Ada', ssn: null } },
    denied: ['me.ssn'],
  },
  { name: 'and served to the signed-in', as: with_(), query: '{ me { ssn } }', data: { me: { ssn: '123' } } },
  {
    name: 'under its alias',
    query: '{ who: me { number: ssn } }',
    data: { who: { number: null } },
    denied: ['who.number'],
  },
  {
    name: 'in every element of a list, with one error',
    query: '{ people { name ssn } }',
    data: {
      people: [
        { name: 'Ada', ssn: null },
        { name: 'Ada', ssn: null },
      ],
    },
    denied: ['people.@.ssn'],
  },
  {
    name: 'a non-null field takes its parent along',
    as: with_(),
    query: '{ me { name rank } open }',
    data: { me: null, open: 'open' },
    denied: ['me.rank'],
  },
  {
    name: 'a non-null field in a list of non-null takes the list and the root',
    as: with_(),
    query: '{ people { rank } }',
    data: null,
    denied: ['people.@.rank'],
  },
  { name: 'a non-null root field takes all data', query: '{ strict { name } open }', data: null, denied: ['strict'] },
  {
    name: 'scopes: neither alternative',
    as: with_('read:pay'),
    query: '{ me { salary } }',
    data: { me: { salary: null } },
    denied: ['me.salary'],
  },
  {
    name: 'scopes: the first alternative whole',
    as: with_('read:pay', 'read:data'),
    query: '{ me { salary } }',
    data: { me: { salary: 10 } },
  },
  {
    name: 'scopes: the second alternative',
    as: with_('admin'),
    query: '{ me { salary } }',
    data: { me: { salary: 10 } },
  },
  {
    name: 'subgraphs combine with AND: one of them',
    as: with_('read:a'),
    query: '{ me { both } }',
    data: { me: { both: null } },
    denied: ['me.both'],
  },
  {
    name: 'subgraphs combine with AND: the other',
    as: with_('read:b'),
    query: '{ me { both } }',
    data: { me: { both: null } },
    denied: ['me.both'],
  },
  {
    name: 'subgraphs combine with AND: both',
    as: with_('read:a', 'read:b'),
    query: '{ me { both } }',
    data: { me: { both: 1 } },
  },
  {
    name: 'two directives on a field combine with AND',
    as: with_('x'),
    query: '{ me { twice } }',
    data: { me: { twice: null } },
    denied: ['me.twice'],
  },
  {
    name: 'a policy is denied without an evaluator',
    as: with_('trusted'),
    query: '{ me { note } }',
    data: { me: { note: null } },
    denied: ['me.note'],
  },
  {
    name: 'a type guards every field that returns it',
    query: '{ secret { text } secrets { text } open }',
    data: { secret: null, secrets: null, open: 'open' },
    denied: ['secret', 'secrets'],
  },
  { name: 'a guarded enum', query: '{ level open }', data: { level: null, open: 'open' }, denied: ['level'] },
  { name: 'a guarded scalar', as: with_(), query: '{ card }', data: { card: null }, denied: ['card'] },
  {
    name: 'fragments on guarded types of a union are refused, the others served',
    query: '{ found { __typename ... on Person { name } ... on Secret { text } ... on Plain { label } } }',
    data: {
      found: [
        { __typename: 'Person', name: 'Ada' },
        { __typename: 'Secret', text: null },
        { __typename: 'Plain', label: 'plain' },
      ],
    },
    denied: ['found.@.text'],
  },
  {
    name: 'a field of an interface needs what all implementers need',
    query: '{ nodes { id label } }',
    data: { nodes: [{ id: 'p', label: null }] },
    denied: ['nodes.@.label'],
  },
  {
    name: 'a fragment on an implementer is judged by itself',
    query: '{ nodes { ... on Plain { label } } node { ... on Person { label } } }',
    data: { nodes: [{ label: 'plain' }], node: { label: null } },
    denied: ['node.label'],
  },
  {
    name: 'named fragments, at every place they are spread',
    query: '{ me { ...F self { ...F } } } fragment F on Person { name ssn }',
    data: { me: { name: 'Ada', ssn: null, self: { name: 'Ada', ssn: null } } },
    denied: ['me.ssn', 'me.self.ssn'],
  },
  { name: 'a selection of nothing else', query: '{ me { ssn } }', data: { me: { ssn: null } }, denied: ['me.ssn'] },
  {
    name: 'a fragment of nothing else',
    query: '{ me { ...F } } fragment F on Person { ssn }',
    data: { me: { ssn: null } },
    denied: ['me.ssn'],
  },
  {
    name: 'what is skipped is no error',
    query: 'query ($s: Boolean!) { me { name ssn @skip(if: $s) } }',
    variables: { s: true },
    data: { me: { name: 'Ada' } },
  },
  {
    name: 'what is not skipped is',
    query: 'query ($s: Boolean!) { me { name ssn @skip(if: $s) } }',
    variables: { s: false },
    data: { me: { name: 'Ada', ssn: null } },
    denied: ['me.ssn'],
  },
  {
    name: 'a field of another subgraph',
    as: with_(),
    query: '{ me { name hobby } }',
    data: { me: { name: 'Ada', hobby: null } },
    denied: ['me.hobby'],
  },
  {
    name: 'which is fetched with the scope',
    as: with_('read:hobby'),
    query: '{ me { name hobby } }',
    data: { me: { name: 'Ada', hobby: 'chess' } },
  },
  {
    name: 'a mutation that is denied does not run, the other does',
    as: with_(),
    query: 'mutation { free guarded }',
    data: { free: 1, guarded: null },
    denied: ['guarded'],
  },
  {
    name: 'allowed and denied selections of one field',
    query: '{ found { ... on Node { id } ... on Person { ssn id } } }',
    data: { found: [{ id: '1', ssn: null }, {}, { id: 'p' }] },
    denied: ['found.@.ssn'],
  },
  {
    name: '__typename stays readable',
    query: '{ me { __typename ssn } __typename }',
    data: { me: { __typename: 'Person', ssn: null }, __typename: 'Query' },
    denied: ['me.ssn'],
  },
];

describe('directives', () => {
  for (const { name, as = nobody, query, variables, data, denied = [] } of CASES) {
    it(name, async () => {
      const result = await harness.run(query, variables, as);
      expect(result.data).toEqual(data);
      expect((result.errors ?? []).map(({ path }) => path!.join('.'))).toEqual(denied);
      for (const error of result.errors ?? []) {
        expect(error).toMatchObject({
          message: 'Unauthorized field or type',
          extensions: { code: 'UNAUTHORIZED_FIELD_OR_TYPE' },
        });
      }
    });
  }

  it('a denied field is never asked of a subgraph, and a plan of one reader is not that of another', async () => {
    const query = '{ me { name ssn hobby } }';
    const asked = () =>
      [...harness.transports.values()].flatMap(({ requests }) => requests.map((request) => request.query)).join('\n');
    const clear = () => harness.transports.forEach(({ requests }) => (requests.length = 0));
    clear();
    expect((await harness.run(query, {}, with_('read:hobby'))).data.me).toEqual({
      name: 'Ada',
      ssn: '123',
      hobby: 'chess',
    });
    expect(asked()).toMatch(/ssn[^]*hobby/);
    clear();
    expect((await harness.run(query, {}, nobody)).data.me).toEqual({ name: 'Ada', ssn: null, hobby: null });
    expect(asked()).not.toMatch(/ssn|hobby/);
  });

  it('a denied mutation never reaches its subgraph', async () => {
    harness.transports.forEach(({ requests }) => (requests.length = 0));
    expect((await harness.run('mutation { guarded }', {}, nobody)).data).toEqual({ guarded: null });
    expect([...harness.transports.values()].every(({ requests }) => requests.length === 0)).toBe(true);
  });

  it('policies are decided by the evaluator where there is one', async () => {
    const asked: string[] = [];
    const withPolicy = await createHarness(graph, {
      policy: (name, identity) => {
        asked.push(name);
        return identity.permissions.includes('x');
      },
    });
    expect((await withPolicy.run('{ me { note } }', {}, with_('x'))).data).toEqual({ me: { note: 'n' } });
    expect((await withPolicy.run('{ me { note } }', {}, with_())).data).toEqual({ me: { note: null } });
    expect(asked).toEqual(['trusted', 'trusted']);
  });

  it('the whole request is refused where the operator wants it', async () => {
    const strict = await createHarness(graph, { rejectUnauthorized: true });
    const { data, errors } = await strict.run('{ open me { ssn } }');
    expect(data).toBeUndefined();
    expect(errors![0]!.extensions.code).toBe('UNAUTHORIZED_FIELD_OR_TYPE');
    expect(strict.transports.get('people')!.requests).toHaveLength(0);
  });

  it('nothing is enforced where authentication is off', async () => {
    const open = await createHarness(graph, { authorization: false });
    expect((await open.run('{ me { ssn } }')).data).toEqual({ me: { ssn: '123' } });
  });
});
