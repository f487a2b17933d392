import { composeServices } from '@apollo/composition';
import { buildSchema, findBreakingChanges, lexicographicSortSchema, parse, printSchema } from 'graphql';
import { Supergraph } from '@apollo/federation-internals';

export interface Composed {
  /** For the gateway: with the join directives. */
  supergraphSdl: string;
  /** For clients: what they see, plain SDL. */
  apiSdl: string;
}

/** Composes subgraphs as Rover would, without a download. Throws one error that lists every problem of composition. */
export function compose(subgraphs: readonly { name: string; routingUrl: string; sdl: string }[]): Composed {
  const result = composeServices(
    subgraphs.map(({ name, routingUrl, sdl }) => ({ name, url: routingUrl, typeDefs: parse(sdl) })),
  );
  if (result.errors) {
    throw new Error(
      `The subgraphs do not compose:\n${result.errors.map((error) => `  - ${error.message}`).join('\n')}`,
    );
  }
  const supergraph = Supergraph.build(result.supergraphSdl, { supportedFeatures: null });
  const api = lexicographicSortSchema(supergraph.apiSchema().toGraphQLJSSchema());
  return { supergraphSdl: `${result.supergraphSdl.trim()}\n`, apiSdl: `${printSchema(api)}\n` };
}

/** What in `next` would break a client written against `published`, a line each. */
export function breakingChanges(published: string, next: string): string[] {
  return findBreakingChanges(buildSchema(published), buildSchema(next)).map(
    ({ type, description }) => `${type}: ${description}`,
  );
}
