import { getVariableValues, type GraphQLSchema, type OperationDefinitionNode } from 'graphql';
import type { Json } from '../executor/types';
import { InvalidDocument } from './document';
import { GraphQLError } from 'graphql';

const MOST_ERRORS = 10;

/** Coerces raw variables by their declared types, defaults filled in. Throws INVALID_INPUT with every wrong one. */
export function coerceVariables(schema: GraphQLSchema, operation: OperationDefinitionNode, raw: Json): Json {
  const definitions = operation.variableDefinitions ?? [];
  if (definitions.length === 0) return {};
  const { coerced, errors } = getVariableValues(schema, definitions, raw, { maxErrors: MOST_ERRORS });
  if (coerced) return coerced;
  throw new InvalidDocument(
    errors.map(({ message, nodes }) => new GraphQLError(message, { nodes, extensions: { code: 'INVALID_INPUT' } })),
  );
}
