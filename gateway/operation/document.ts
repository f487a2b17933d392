import {
  GraphQLError,
  Kind,
  parse,
  specifiedRules,
  validate,
  type ASTNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type ValidationRule,
} from 'graphql';
import { shortName } from './short-name';
import { DomainError } from '../../subgraphs/kernel/errors';
import { checkDocumentLimits, checkTextLength, tooComplex, type DocumentLimits } from '../limits/document-limits';

const MOST_VALIDATION_ERRORS = 10;

/** A document that passed limits and validation. */
export interface CheckedDocument {
  document: DocumentNode;
  operations: readonly OperationDefinitionNode[];
  fragments: ReadonlyMap<string, FragmentDefinitionNode>;
}

export interface DocumentRules {
  limits: DocumentLimits;
  introspection: boolean;
}

/** Parses, bounds and validates a text, in this order, so that a large text never reaches the expensive part. Throws what a client may see. */
export function checkDocument(text: string, schema: GraphQLSchema, rules: DocumentRules): CheckedDocument {
  checkTextLength(text, rules.limits);
  const document = parseBounded(text, rules.limits.tokens);
  checkDocumentLimits(document, rules.limits);
  const validation = [...specifiedRules, ReservedNames, ...(rules.introspection ? [] : [NoIntrospection])];
  const errors = validate(schema, document, validation, { maxErrors: MOST_VALIDATION_ERRORS });
  if (errors.length > 0) throw new InvalidDocument(errors.map(withCode));
  const fragments = new Map<string, FragmentDefinitionNode>();
  const operations: OperationDefinitionNode[] = [];
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
    if (definition.kind === Kind.OPERATION_DEFINITION) operations.push(definition);
  }
  return { document, operations, fragments };
}

/** Several errors of one document. */
export class InvalidDocument extends Error {
  override readonly name = 'InvalidDocument';

  constructor(readonly errors: readonly GraphQLError[]) {
    super(errors.map((error) => error.message).join('\n'));
  }
}

function parseBounded(text: string, maxTokens: number): DocumentNode {
  try {
    return parse(text, { maxTokens });
  } catch (error) {
    if (error instanceof GraphQLError && error.message.includes('Parsing aborted')) {
      throw tooComplex(`The operation has more than ${maxTokens} tokens`, 'tokens', maxTokens);
    }
    throw error;
  }
}

function withCode(error: GraphQLError): GraphQLError {
  const code = error.message.startsWith('Cannot query field') ? 'UNKNOWN_FIELD' : 'BAD_REQUEST';
  return new GraphQLError(error.message, {
    nodes: error.nodes,
    source: error.source,
    positions: error.positions,
    extensions: { code },
  });
}

/** `__proto__` as a key of an answer would change objects instead of filling them. */
const ReservedNames: ValidationRule = (context) => {
  const refuse = (name: string | undefined, node: ASTNode): void => {
    if (name === '__proto__')
      context.reportError(new GraphQLError('The name "__proto__" is reserved.', { nodes: node }));
  };
  return {
    Field: (node) => refuse(node.alias?.value, node),
    Variable: (node) => refuse(node.name.value, node),
  };
};

const NoIntrospection: ValidationRule = (context) => ({
  Field(node) {
    if (node.name.value !== '__schema' && node.name.value !== '__type') return;
    context.reportError(new GraphQLError('Introspection is switched off on this endpoint.', { nodes: node }));
  },
});

/** The operation that the client means. Throws BAD_REQUEST when that is not clear. */
export function selectOperation(
  operations: readonly OperationDefinitionNode[],
  name: string | null | undefined,
): OperationDefinitionNode {
  if (name === null || name === undefined || name === '') {
    if (operations.length === 1) return operations[0]!;
    const hint =
      operations.length === 0 ? 'The document has no operation.' : 'Name one of the operations in "operationName".';
    throw new DomainError('BAD_REQUEST', hint);
  }
  const found = operations.find((operation) => operation.name?.value === name);
  if (!found) throw new DomainError('BAD_REQUEST', `The document has no operation named "${shortName(name)}".`);
  return found;
}
