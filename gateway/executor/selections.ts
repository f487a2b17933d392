import {
  Kind,
  type DirectiveNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLObjectType,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import type { Json } from './types';

/** A selection set, and whether the reader may not see what it selects. */
export interface Selected {
  set: SelectionSetNode;
  denied: boolean;
}

export interface SelectedField {
  node: FieldNode;
  denied: boolean;
}

/** What the client may not see: decided before planning, for this client's permissions. */
export interface Denials {
  fields: ReadonlySet<FieldNode>;
  /** Names of types whose fragments are refused. */
  types: ReadonlySet<string>;
}

export const NO_DENIALS: Denials = { fields: new Set(), types: new Set() };

export interface SelectionContext {
  fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  denials: Denials;
  /** Values of the variables that decide about skip and include. */
  conditions: Json;
  applies(typeCondition: string, type: GraphQLObjectType): boolean;
}

/** The specification's CollectFields: response name → its selections on this runtime type, in order. */
export function collectFields(
  context: SelectionContext,
  type: GraphQLObjectType,
  selected: readonly Selected[],
): Map<string, SelectedField[]> {
  const fields = new Map<string, SelectedField[]>();
  const visited = new Set<string>();
  const collect = (set: SelectionSetNode, denied: boolean): void => {
    for (const selection of set.selections)
      if (isActive(selection.directives, context.conditions)) visit(selection, denied);
  };
  const enter = (condition: string | undefined, set: SelectionSetNode, denied: boolean): void => {
    if (condition !== undefined && !context.applies(condition, type)) return;
    collect(set, denied || (condition !== undefined && context.denials.types.has(condition)));
  };
  const visit = (selection: SelectionNode, denied: boolean): void => {
    if (selection.kind === Kind.FIELD) {
      const name = selection.alias?.value ?? selection.name.value;
      const field = { node: selection, denied: denied || context.denials.fields.has(selection) };
      const known = fields.get(name);
      if (known) known.push(field);
      else fields.set(name, [field]);
    } else if (selection.kind === Kind.INLINE_FRAGMENT) {
      enter(selection.typeCondition?.name.value, selection.selectionSet, denied);
    } else {
      const key = `${selection.name.value}:${denied}`;
      const fragment = context.fragments.get(selection.name.value);
      if (!fragment || visited.has(key)) return;
      visited.add(key);
      enter(fragment.typeCondition.name.value, fragment.selectionSet, denied);
    }
  };
  for (const { set, denied } of selected) collect(set, denied);
  return fields;
}

/** Evaluates skip and include. */
export function isActive(directives: readonly DirectiveNode[] | undefined, conditions: Json): boolean {
  for (const directive of directives ?? []) {
    const name = directive.name.value;
    if (name !== 'skip' && name !== 'include') continue;
    const value = directive.arguments?.find((argument) => argument.name.value === 'if')?.value;
    const truth =
      value?.kind === Kind.VARIABLE
        ? conditions[value.name.value] === true
        : value?.kind === Kind.BOOLEAN && value.value;
    if (truth === (name === 'skip')) return false;
  }
  return true;
}
