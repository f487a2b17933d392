import {
  getNamedType,
  GraphQLError,
  isCompositeType,
  isListType,
  isNonNullType,
  Kind,
  visit,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { isActive, NO_DENIALS, type Denials } from '../executor/selections';
import type { Json } from '../executor/types';
import type { OperationAccess } from './operation-access';

/** The fields and fragment types of an operation that an identity with this access key may not see. */
export function denialsFor(access: OperationAccess, key: string): Denials {
  if (!key.includes('0')) return NO_DENIALS;
  const denied = (needs: readonly number[]): boolean => needs.some((need) => key[need] === '0');
  const names = <K>(map: ReadonlyMap<K, readonly number[]>): Set<K> =>
    new Set([...map].filter(([, needs]) => denied(needs)).map(([name]) => name));
  return { fields: names(access.fields), types: names(access.types) };
}

const typename = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } } as const;

/** The document without what is denied; a selection set that became empty asks for `__typename`, so that its parent is still resolved. */
export function removeDenied(
  document: DocumentNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  denials: Denials,
  rootTypeName: string,
): DocumentNode {
  const rootDenied = denials.types.has(rootTypeName);
  return visit(document, {
    OperationDefinition: (node) =>
      rootDenied ? { ...node, selectionSet: { kind: Kind.SELECTION_SET, selections: [typename] } } : undefined,
    Field: (node) => (denials.fields.has(node) ? null : undefined),
    InlineFragment: (node) =>
      node.typeCondition && denials.types.has(node.typeCondition.name.value) ? null : undefined,
    FragmentSpread: (node) => {
      const condition = fragments.get(node.name.value)?.typeCondition.name.value;
      return condition !== undefined && denials.types.has(condition) ? null : undefined;
    },
    SelectionSet: {
      leave: (node) => (node.selections.length === 0 ? { ...node, selections: [typename] } : undefined),
    },
  }) as DocumentNode;
}

const MOST_ERRORS = 100;
const MOST_VISITS = 10_000;

/** One error for each denied selection that is active; `@` in its path stands for every element of a list. */
export function denialErrors(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  denials: Denials,
  conditions: Json,
): GraphQLError[] {
  if (denials === NO_DENIALS) return [];
  const errors = new Map<string, GraphQLError>();
  let visits = 0;
  const walk = (
    set: SelectionSetNode,
    parent: GraphQLCompositeType,
    path: readonly string[],
    denied: boolean,
  ): void => {
    for (const selection of set.selections) {
      if (++visits > MOST_VISITS || errors.size >= MOST_ERRORS) return;
      if (!isActive(selection.directives, conditions)) continue;
      if (selection.kind === Kind.FIELD) {
        field(selection, parent, path, denied);
        continue;
      }
      const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value);
      const condition = fragment?.typeCondition?.name.value;
      const type = condition === undefined ? parent : schema.getType(condition);
      if (!fragment || !isCompositeType(type)) continue;
      walk(fragment.selectionSet, type, path, denied || (condition !== undefined && denials.types.has(condition)));
    }
  };
  const field = (node: FieldNode, parent: GraphQLCompositeType, path: readonly string[], denied: boolean): void => {
    const here = [...path, node.alias?.value ?? node.name.value];
    if ((denied || denials.fields.has(node)) && node.name.value !== '__typename') {
      errors.set(here.join('\u0000'), unauthorized(here));
      return;
    }
    if (!node.selectionSet || !('getFields' in parent)) return;
    const output = parent.getFields()[node.name.value]?.type;
    const type = getNamedType(output);
    if (output && isCompositeType(type)) walk(node.selectionSet, type, [...here, ...listMarks(output)], false);
  };
  const root = schema.getRootType(operation.operation);
  if (root) walk(operation.selectionSet, root, [], denials.types.has(root.name));
  return [...errors.values()];
}

const listMarks = (type: GraphQLOutputType): string[] => {
  if (isNonNullType(type)) return listMarks(type.ofType);
  return isListType(type) ? ['@', ...listMarks(type.ofType as GraphQLOutputType)] : [];
};

const unauthorized = (path: readonly string[]): GraphQLError =>
  new GraphQLError('Unauthorized field or type', { path, extensions: { code: 'UNAUTHORIZED_FIELD_OR_TYPE' } });
