import {
  Kind,
  OperationTypeNode,
  visit,
  type DocumentNode,
  type GraphQLError,
  type OperationDefinitionNode,
} from 'graphql';
import type { FetchNode } from '@apollo/query-planner';
import { denialErrors, denialsFor, removeDenied } from '../authorization/denials';
import type { OperationAccess } from '../authorization/operation-access';
import { LruCache } from '../cache/lru';
import { compilePlan } from '../executor/compile-plan';
import { compileIntrospection } from '../executor/introspection';
import { compileProjection, type ProjectionState } from '../executor/projection';
import type { Step, Json } from '../executor/types';
import type { SchemaState } from '../supergraph/schema-state';
import type { CheckedDocument } from './document';

/** How an answer looks for one set of values of the variables that skip and include depend on. */
export interface Variant {
  project(source: Json, state: ProjectionState): Json | null;
  denials: readonly GraphQLError[];
}

/** An operation ready to run for every reader with the same access key. Nothing in it depends on a request. */
export interface PreparedOperation {
  state: SchemaState;
  /** Null when no subgraph is needed. */
  plan: Step | null;
  /** The streaming fetch of a subscription; `plan` is then what runs for each event. */
  primary: FetchNode | undefined;
  introspect: ((variables: Json) => Json) | undefined;
  variant(variables: Json): Variant;
  /** Renames the client's variables for the plan. */
  planVariables(variables: Json): Json;
}

const MOST_VARIANTS = 32;

/** Authorizes, plans and compiles. Throws a GraphQLError when the planner refuses the operation. */
export function prepareOperation(
  state: SchemaState,
  checked: CheckedDocument,
  operation: OperationDefinitionNode,
  access: OperationAccess | undefined,
  key: string,
): PreparedOperation {
  const { schema, types } = state;
  const { fragments } = checked;
  const denials = denialsFor(access ?? { requirements: [], fields: new Map(), types: new Map() }, key);
  const rootType = schema.getRootType(operation.operation)!;
  const visible =
    denials.fields.size + denials.types.size > 0
      ? removeDenied(checked.document, fragments, denials, rootType.name)
      : checked.document;
  const { document, renamed } = withoutReservedVariable(visible);
  const { node } = state.plan(document, operation.name?.value);
  const subscription = node?.kind === 'Subscription' ? node : undefined;
  const names = conditionVariables(checked.document);
  const variants = new LruCache<string, Variant>(MOST_VARIANTS);

  const compileVariant = (conditions: Json): Variant => ({
    project: compileProjection(
      schema,
      rootType,
      [{ set: operation.selectionSet, denied: denials.types.has(rootType.name) }],
      {
        fragments,
        denials,
        conditions,
        applies: (condition, type) => condition === type.name || types.condition(condition)(type.name),
      },
    ),
    denials: denialErrors(schema, operation, fragments, denials, conditions),
  });

  return {
    state,
    plan: compilePlan(subscription ? subscription.rest : node?.kind === 'Subscription' ? undefined : node, types),
    primary: subscription?.primary,
    introspect: compileIntrospection(schema, operation, fragments),
    variant(variables) {
      const variantKey = names.map((name) => (variables[name] === true ? '1' : '0')).join('');
      let variant = variants.get(variantKey);
      if (!variant) {
        const conditions = Object.fromEntries(names.map((name) => [name, variables[name] === true]));
        variants.set(variantKey, (variant = compileVariant(conditions)));
      }
      return variant;
    },
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

function conditionVariables(document: DocumentNode): string[] {
  const names = new Set<string>();
  visit(document, {
    Directive({ name, arguments: given }) {
      if (name.value !== 'skip' && name.value !== 'include') return;
      for (const { value } of given ?? []) if (value.kind === Kind.VARIABLE) names.add(value.name.value);
    },
  });
  return [...names];
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
