import {
  getNamedType,
  isCompositeType,
  Kind,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import type { Identity } from '../../subgraphs/kernel/context';
import { isFulfilled, type PolicyEvaluator, type Requirement } from './requirements';
import type { AccessRules } from './rules';

/** What an operation needs of its reader, worked out once for each operation. */
export interface OperationAccess {
  requirements: readonly Requirement[];
  fields: ReadonlyMap<FieldNode, readonly number[]>;
  types: ReadonlyMap<string, readonly number[]>;
}

/** Walks the operation and its fragments; a fragment's fields are judged by its own type, wherever it is spread. */
export function analyseAccess(
  schema: GraphQLSchema,
  rules: AccessRules,
  operation: OperationDefinitionNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): OperationAccess {
  const index = new RequirementIndex();
  const fields = new Map<FieldNode, readonly number[]>();
  const types = new Map<string, readonly number[]>();
  const noteType = (name: string): void => {
    const needs = rules.type(name);
    if (needs.length > 0 && !types.has(name)) types.set(name, index.of(needs));
  };
  const enter = (condition: string | undefined, set: SelectionSetNode, parent: GraphQLCompositeType): void => {
    if (condition !== undefined) noteType(condition);
    const type = condition === undefined ? parent : schema.getType(condition);
    if (isCompositeType(type)) walk(set, type);
  };
  const walk = (set: SelectionSetNode, parent: GraphQLCompositeType): void => {
    for (const selection of set.selections) {
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        enter(selection.typeCondition?.name.value, selection.selectionSet, parent);
      } else if (selection.kind === Kind.FIELD) {
        const name = selection.name.value;
        const needs = rules.field(parent.name, name);
        if (needs.length > 0) fields.set(selection, index.of(needs));
        if (!selection.selectionSet || !('getFields' in parent)) continue;
        const type = getNamedType(parent.getFields()[name]?.type);
        if (isCompositeType(type)) walk(selection.selectionSet, type);
      }
    }
  };
  const root = schema.getRootType(operation.operation);
  if (root) enter(root.name, operation.selectionSet, root);
  for (const fragment of fragments.values()) {
    const type = schema.getType(fragment.typeCondition.name.value);
    if (isCompositeType(type)) enter(type.name, fragment.selectionSet, type);
  }
  return { requirements: index.all, fields, types };
}

class RequirementIndex {
  readonly all: Requirement[] = [];
  private readonly places = new Map<string, number>();

  of(requirements: readonly Requirement[]): number[] {
    return requirements.map((requirement) => {
      let place = this.places.get(requirement.id);
      if (place === undefined) {
        place = this.all.push(requirement) - 1;
        this.places.set(requirement.id, place);
      }
      return place;
    });
  }
}

/** One character for each requirement of the operation, `0` where the identity does not fulfil it. Plans are cached by it. */
export function accessKey(access: OperationAccess, identity: Identity, policy?: PolicyEvaluator): string {
  let key = '';
  for (const requirement of access.requirements) key += isFulfilled(requirement, identity, policy) ? '1' : '0';
  return key;
}
