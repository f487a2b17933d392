import {
  executeSync,
  Kind,
  OperationTypeNode,
  visit,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import type { Json } from './types';

/** Answers the `__schema` and `__type` fields at an operation's root; undefined when there are none. */
export function compileIntrospection(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): ((variables: Json) => Json) | undefined {
  if (operation.operation !== OperationTypeNode.QUERY) return undefined;
  const fields = rootFields(operation.selectionSet, fragments);
  if (fields.length === 0) return undefined;
  const document = documentOf(operation, fields, fragments);
  const usesVariables = hasVariables(document);
  let answer: Json | undefined;
  return (variables) => {
    if (answer) return answer;
    const { data, errors } = executeSync({ schema, document, variableValues: variables });
    if (errors?.length) throw errors[0]!;
    const result = { ...data };
    if (!usesVariables) answer = result;
    return result;
  };
}

function rootFields(set: SelectionSetNode, fragments: ReadonlyMap<string, FragmentDefinitionNode>): FieldNode[] {
  return set.selections.flatMap((selection) => {
    if (selection.kind === Kind.INLINE_FRAGMENT) return rootFields(selection.selectionSet, fragments);
    if (selection.kind === Kind.FRAGMENT_SPREAD) {
      const fragment = fragments.get(selection.name.value);
      return fragment ? rootFields(fragment.selectionSet, fragments) : [];
    }
    const name = selection.name.value;
    return name === '__schema' || name === '__type' ? [selection] : [];
  });
}

function documentOf(
  operation: OperationDefinitionNode,
  fields: readonly FieldNode[],
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): DocumentNode {
  const used = new Set<string>();
  const names = new Set<string>();
  const collect = (node: FieldNode | FragmentDefinitionNode): void => {
    visit(node, {
      Variable: ({ name }) => void used.add(name.value),
      FragmentSpread: ({ name }) => {
        const fragment = fragments.get(name.value);
        if (!fragment || names.has(name.value)) return;
        names.add(name.value);
        collect(fragment);
      },
    });
  };
  fields.forEach(collect);
  return {
    kind: Kind.DOCUMENT,
    definitions: [
      {
        kind: Kind.OPERATION_DEFINITION,
        operation: OperationTypeNode.QUERY,
        variableDefinitions: (operation.variableDefinitions ?? []).filter(({ variable }) =>
          used.has(variable.name.value),
        ),
        selectionSet: { kind: Kind.SELECTION_SET, selections: fields },
      },
      ...[...names].map((name) => fragments.get(name)!),
    ],
  };
}

function hasVariables(document: DocumentNode): boolean {
  let found = false;
  visit(document, { Variable: () => void (found = true) });
  return found;
}
