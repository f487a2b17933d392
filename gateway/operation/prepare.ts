import {
  OperationTypeNode,
  visit,
  type DocumentNode,
  type GraphQLError,
  type GraphQLObjectType,
  type OperationDefinitionNode,
} from 'graphql';
import type { FetchNode } from '@apollo/query-planner';
import { denialErrors, denialsFor, removeDenied } from '../authorization/denials';
import type { OperationAccess } from '../authorization/operation-access';
import { compilePlan } from '../executor/compile-plan';
import { compileIntrospection } from '../executor/introspection';
import { compileProjection, type ProjectionState } from '../executor/projection';
import { NO_DENIALS } from '../executor/selections';
import type { Step, Json } from '../executor/types';
import type { SchemaState } from '../supergraph/schema-state';
import { conditionVariables, resolveConditions } from './conditions';
import type { CheckedDocument } from './document';

/** An operation for one set of values of the variables that skip and include depend on: planned and compiled without them. */
export interface Variant {
  /** Null when no subgraph is needed. */
  plan: Step | null;
  /** The streaming fetch of a subscription; `plan` is then what runs for each event. */
  primary: FetchNode | undefined;
  project(source: Json, state: ProjectionState): Json | null;
  denials: readonly GraphQLError[];
}

/** An operation ready to run for every reader with the same access key. Nothing in it depends on a request. */
export interface PreparedOperation {
  state: SchemaState;
  introspect: ((variables: Json) => Json) | undefined;
  /** Throws a GraphQLError when the planner refuses the operation. */
  variant(variables: Json): Variant;
  /** Renames the client's variables for the plan. */
  planVariables(variables: Json): Json;
}

/** Answers the variant that is kept under this key, or makes it. */
export type KeepVariant = (key: string, make: () => Variant) => Variant;

/**
 * Authorizes an operation; planning and compiling follow for each variant. Conditions are resolved before planning, since the planner may make a
 * field wait for the inputs of another that is skipped.
 */
export function prepareOperation(
  state: SchemaState,
  checked: CheckedDocument,
  operation: OperationDefinitionNode,
  access: OperationAccess | undefined,
  key: string,
  keep: KeepVariant,
): PreparedOperation {
  const { schema, types } = state;
  const { fragments } = checked;
  const denials = access ? denialsFor(access, key) : NO_DENIALS;
  const rootType = schema.getRootType(operation.operation)!;
  const visible =
    denials === NO_DENIALS ? checked.document : removeDenied(checked.document, fragments, denials, rootType.name);
  const { document, renamed } = withoutReservedVariable(visible);
  const names = conditionVariables(checked.document);

  const compileVariant = (conditions: Json): Variant => {
    const planned =
      renamed && Object.hasOwn(conditions, RESERVED) ? { ...conditions, [renamed]: conditions[RESERVED] } : conditions;
    const { node } = state.plan(resolveConditions(document, planned), operation.name?.value);
    const subscription = node?.kind === 'Subscription' ? node : undefined;
    const rest = node?.kind === 'Subscription' ? node.rest : node;
    const selected = [{ set: operation.selectionSet, denied: denials.types.has(rootType.name) }];
    const applies = (condition: string, type: GraphQLObjectType): boolean => types.condition(condition)(type.name);
    return {
      plan: compilePlan(rest, types),
      primary: subscription?.primary,
      project: compileProjection(schema, rootType, selected, { fragments, denials, conditions, applies }),
      denials: denialErrors(schema, operation, fragments, denials, conditions),
    };
  };

  return {
    state,
    introspect: compileIntrospection(schema, operation, fragments),
    variant: (variables) =>
      keep(names.map((name) => (variables[name] === true ? '1' : '0')).join(''), () =>
        compileVariant(Object.fromEntries(names.map((name) => [name, variables[name] === true]))),
      ),
    planVariables: (variables) =>
      renamed && Object.hasOwn(variables, RESERVED) ? { ...variables, [renamed]: variables[RESERVED] } : variables,
  };
}

const RESERVED = 'representations';

/** Entity fetches have a variable `representations` of their own: a client's variable of this name gets another one for the plan. */
function withoutReservedVariable(document: DocumentNode): { document: DocumentNode; renamed: string | undefined } {
  const taken = new Set<string>();
  visit(document, { Variable: ({ name }) => void taken.add(name.value) });
  if (!taken.has(RESERVED)) return { document, renamed: undefined };
  let renamed = `${RESERVED}_`;
  while (taken.has(renamed)) renamed += '_';
  const changed = visit(document, {
    Variable: (node) =>
      node.name.value === RESERVED ? { ...node, name: { ...node.name, value: renamed } } : undefined,
  }) as DocumentNode;
  return { document: changed, renamed };
}

/** A subscription's root field must not be conditional: the planner cannot plan it, and the specification forbids it. */
export function hasConditionalRoot(operation: OperationDefinitionNode): boolean {
  return (
    operation.operation === OperationTypeNode.SUBSCRIPTION &&
    operation.selectionSet.selections.some((selection) =>
      selection.directives?.some(({ name }) => name.value === 'skip' || name.value === 'include'),
    )
  );
}
