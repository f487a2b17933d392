import { Kind, visit, type DirectiveNode, type DocumentNode, type FieldNode, type SelectionNode } from 'graphql';
import { isActive } from '../executor/selections';
import type { Json } from '../executor/types';

/** Names of the variables that decide about skip and include, in the order of the text. */
export function conditionVariables(document: DocumentNode): string[] {
  const names = new Set<string>();
  visit(document, {
    Directive({ name, arguments: given }) {
      if (name.value !== 'skip' && name.value !== 'include') return;
      for (const { value } of given ?? []) if (value.kind === Kind.VARIABLE) names.add(value.name.value);
    },
  });
  return [...names];
}

const typename: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } };

/** The document as it is for these values: what is skipped is gone, and so are the directives. */
export function resolveConditions(document: DocumentNode, conditions: Json): DocumentNode {
  const resolve = <T extends SelectionNode>(node: T): T | null | undefined => {
    if (!node.directives?.some(isCondition)) return undefined;
    if (!isActive(node.directives, conditions)) return null;
    return { ...node, directives: node.directives.filter((directive) => !isCondition(directive)) };
  };
  return visit(document, {
    Field: resolve,
    InlineFragment: resolve,
    FragmentSpread: resolve,
    SelectionSet: {
      leave: (node) => (node.selections.length === 0 ? { ...node, selections: [typename] } : undefined),
    },
  }) as DocumentNode;
}

const isCondition = ({ name }: DirectiveNode): boolean => name.value === 'skip' || name.value === 'include';
