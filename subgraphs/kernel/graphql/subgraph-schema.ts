import { buildSubgraphSchema } from '@apollo/subgraph';
import { parse, type GraphQLResolveInfo, type GraphQLSchema } from 'graphql';
import { printSchemaWithDirectives } from '@graphql-tools/utils';
import { buildSchema, createResolversMap, type NonEmptyArray } from 'type-graphql';
import type { Ctx } from '../context';
import { DateTime } from './scalars';

const FEDERATION = 'https://specs.apollo.dev/federation/v2.9';
const DIRECTIVES = [
  'key',
  'shareable',
  'external',
  'requires',
  'provides',
  'override',
  'inaccessible',
  'tag',
  'extends',
  'interfaceObject',
  'authenticated',
  'requiresScopes',
  'policy',
  'cost',
  'listSize',
];

/** type-graphql insists on one; ours is the kernel's port, and each subscription brings its own stream. */
const UNUSED = {
  publish: () => {
    throw new Error('subscriptions bring their own streams');
  },
  subscribe: () => {
    throw new Error('subscriptions bring their own streams');
  },
};

/** Loads an entity by the key another subgraph sent; null when it is not there or not this tenant's. */
export type ReferenceResolver = (reference: Record<string, unknown>, ctx: Ctx, info: GraphQLResolveInfo) => unknown;

export interface SubgraphSchemaOptions {
  resolvers: NonEmptyArray<Function>;
  /** Types no resolver of this subgraph returns, e.g. entity stubs reached only by reference. */
  orphanedTypes?: readonly Function[];
  /** By entity name. */
  references?: Readonly<Record<string, ReferenceResolver>>;
}

/** Builds the executable federation schema of one subgraph, and its SDL as composition wants it. */
export async function createSubgraphSchema(
  options: SubgraphSchemaOptions,
): Promise<{ schema: GraphQLSchema; sdl: string }> {
  const plain = await buildSchema({
    resolvers: options.resolvers,
    orphanedTypes: [...(options.orphanedTypes ?? [])],
    scalarsMap: [{ type: Date, scalar: DateTime }],
    // Types are checked by composition as a whole: a federation schema alone is not a complete one.
    skipCheck: true,
    // Inputs are parsed by the verbs' zod schemas, one place for every door.
    validate: false,
    pubSub: UNUSED,
  });
  const body = printSchemaWithDirectives(plain).replace(/^schema\s*\{[^}]*\}\s*/m, '');
  const used = DIRECTIVES.filter((name) => new RegExp(`@${name}\\b`).test(body)).map((name) => `"@${name}"`);
  const sdl = `extend schema @link(url: "${FEDERATION}", import: [${used.join(', ')}])\n\n${body}\n`;

  const resolvers = createResolversMap(plain) as Record<string, Record<string, unknown>>;
  for (const [type, resolve] of Object.entries(options.references ?? {})) {
    resolvers[type] = { ...resolvers[type], __resolveReference: resolve };
  }
  const schema = buildSubgraphSchema([{ typeDefs: parse(sdl), resolvers: resolvers as never }]);
  return { schema, sdl };
}
