import type { GraphQLSchema } from 'graphql';
import { operationFromDocument, type Schema } from '@apollo/federation-internals';
import type { QueryPlan, QueryPlanner } from '@apollo/query-planner';
import type { DocumentNode } from 'graphql';
import type { AccessRules } from '../authorization/rules';
import { TypeConditions } from '../executor/type-conditions';

/** Everything that changes when another supergraph is loaded. Running operations keep the one they began with. */
export interface SchemaState {
  /** Hash of the supergraph's text. */
  id: string;
  /** The public schema. */
  schema: GraphQLSchema;
  types: TypeConditions;
  rules: AccessRules;
  /** Subgraph names and the routing urls of the supergraph. */
  subgraphs: readonly { name: string; url: string }[];
  /** Throws a GraphQLError for what the planner cannot do. */
  plan(document: DocumentNode, operationName: string | undefined): QueryPlan;
}

export interface SchemaParts {
  id: string;
  schema: GraphQLSchema;
  supergraphSchema: GraphQLSchema;
  apiSchema: Schema;
  rules: AccessRules;
  subgraphs: readonly { name: string; url: string }[];
  planner: QueryPlanner;
}

export function createSchemaState({ apiSchema, planner, supergraphSchema, ...rest }: SchemaParts): SchemaState {
  return {
    ...rest,
    types: new TypeConditions(supergraphSchema),
    plan: (document, operationName) =>
      planner.buildQueryPlan(operationFromDocument(apiSchema, document, { operationName })),
  };
}
