import { Kind, parse, type SelectionNode, type SelectionSetNode, type FragmentDefinitionNode } from 'graphql';
import type { FetchNode } from '@apollo/query-planner';

/** Response names that are missing when this fetch fails, so that each can be told. */
export type LostFields = readonly string[];

const MOST_NAMED = 20;

export function compileLostFields(node: FetchNode): LostFields {
  const document = parse(node.operation, { noLocation: true });
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const operation = document.definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  if (!operation || operation.kind !== Kind.OPERATION_DEFINITION) return [];
  const names = new Set<string>();
  const collect = (set: SelectionSetNode | undefined): void => {
    for (const selection of set?.selections ?? []) visit(selection);
  };
  const visit = (selection: SelectionNode): void => {
    if (selection.kind === Kind.FRAGMENT_SPREAD) return collect(fragments.get(selection.name.value)?.selectionSet);
    if (selection.kind === Kind.INLINE_FRAGMENT) return collect(selection.selectionSet);
    if (selection.name.value === '_entities') return collect(selection.selectionSet);
    if (selection.name.value !== '__typename') names.add(selection.alias?.value ?? selection.name.value);
  };
  collect(operation.selectionSet);
  return [...names].slice(0, MOST_NAMED);
}
