import { GraphQLError } from 'graphql';
import { Arg, Ctx as Context, Directive, Field, ID, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import { z } from 'zod';
import type { Ctx } from '../context';
import { DomainError, toGraphQLError } from '../errors';
import { createCursors, toConnection } from '../graphql/connection';
import { payload } from '../graphql/payload';
import { durationToMs } from '../graphql/scalars';
import { PageInfo, UserError } from '../graphql/shared-types';
import { createSubgraphSchema } from '../graphql/subgraph-schema';
import { parseInput } from '../verb';
import { testSecrets } from '../testing/postgres';

@ObjectType()
@Directive('@key(fields: "id")')
class Note {
  @Field(() => ID)
  id!: string;

  @Field()
  @Directive('@requiresScopes(scopes: [["read:data"]])')
  text!: string;

  @Field()
  createdAt!: Date;
}

@ObjectType()
class NotePayload {
  @Field(() => Note, { nullable: true })
  note?: Note;

  @Field(() => [UserError])
  userErrors!: UserError[];
}

@Resolver(() => Note)
class NoteResolver {
  @Query(() => PageInfo)
  page(): PageInfo {
    return { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null };
  }

  @Mutation(() => NotePayload)
  @Directive('@authenticated')
  addNote(@Arg('text') text: string, @Context() ctx: Ctx) {
    const work = async () => {
      const parsed = parseInput(z.object({ text: z.string().max(3, 'at most 3 characters') }), { text });
      return { id: ctx.requestId, createdAt: new Date(0), ...parsed };
    };
    return payload(work(), (note) => ({ note }));
  }
}

it('prints SDL that composition understands', async () => {
  const { sdl } = await createSubgraphSchema({ resolvers: [NoteResolver] });
  expect(sdl).toContain('import: ["@key", "@shareable", "@authenticated", "@requiresScopes"]');
  expect(sdl).toMatch(/type Note\s+@key\(fields: "id"\)/);
  expect(sdl).toContain('scalar DateTime');
  expect(sdl).not.toContain('schema {');
});

it('answers entities through their reference resolver', async () => {
  const { schema } = await createSubgraphSchema({
    resolvers: [NoteResolver],
    references: { Note: (reference) => ({ id: reference.id, text: 'hello', createdAt: new Date(0) }) },
  });
  const { graphql } = await import('graphql');
  const source = `query($r: [_Any!]!) { _entities(representations: $r) { ... on Note { id text createdAt } } }`;
  const result = await graphql({ schema, source, variableValues: { r: [{ __typename: 'Note', id: 'n1' }] } });
  expect(result).toEqual({ data: { _entities: [{ id: 'n1', text: 'hello', createdAt: '1970-01-01T00:00:00.000Z' }] } });
});

it('answers expected failures as data with the path of the field', async () => {
  const { schema } = await createSubgraphSchema({ resolvers: [NoteResolver] });
  const { graphql } = await import('graphql');
  const source = `mutation { addNote(text: "long text") { note { id } userErrors { code field message } } }`;
  const result = await graphql({ schema, source, contextValue: { requestId: 'r1' } });
  expect(result.data).toEqual({
    addNote: { note: null, userErrors: [{ code: 'INVALID_INPUT', field: ['text'], message: 'at most 3 characters' }] },
  });
});

describe('errors', () => {
  it('masks what is not ours to tell', () => {
    const thrown = new GraphQLError('connect ECONNREFUSED 10.0.0.3', { originalError: new Error('secret') });
    const { error, masked } = toGraphQLError(thrown, 'r-7');
    expect(masked).toBe(true);
    expect(error.message).not.toContain('10.0.0.3');
    expect(error.extensions).toEqual({ code: 'INTERNAL', request_id: 'r-7' });
  });

  it('keeps the code and details of a domain error', () => {
    const { error, masked } = toGraphQLError(new DomainError('RATE_LIMITED', 'Wait.', { retryAfterSeconds: 3 }), 'r-7');
    expect(masked).toBe(false);
    expect(error.extensions).toEqual({ code: 'RATE_LIMITED', retryAfterSeconds: 3 });
  });
});

describe('cursors', () => {
  const cursors = createCursors(testSecrets);
  const cursor = cursors.encode('t1', 'notes', 'n9');

  it('come back as they went', () => expect(cursors.decode('t1', 'notes', cursor)).toBe('n9'));

  it.each([
    ['another tenant', 't2', 'notes', cursor],
    ['another list', 't1', 'users', cursor],
    ['a made-up text', 't1', 'notes', Buffer.from('n9').toString('base64url')],
    ['an empty text', 't1', 'notes', ''],
  ])('are refused from %s', (_case, tenant, list, given) => {
    expect(() => cursors.decode(tenant, list, given)).toThrow(/not from this list/);
  });

  it('page without a gap', () => {
    const page = toConnection([1, 2, 3], { first: 2 }, String, (row) => row * 10);
    expect(page.edges.map(({ node }) => node)).toEqual([10, 20]);
    expect(page.pageInfo).toEqual({ hasNextPage: true, hasPreviousPage: false, startCursor: '1', endCursor: '2' });
  });
});

it.each([
  ['PT5M', 300_000],
  ['P1DT2H', 93_600_000],
  ['P2W', 1_209_600_000],
])('reads the duration %s', (text, expected) => expect(durationToMs(text)).toBe(expected));

it.each(['P', 'PT', '5m', 'P1M', '-PT1S', ''])('refuses the duration %p', (text) => {
  expect(() => durationToMs(text)).toThrow(/no duration/);
});
