import { Kind, valueFromASTUntyped, type DirectiveNode, type DocumentNode } from 'graphql';

export type SecurityDirective = 'authenticated' | 'requiresScopes' | 'policy';

const FEATURE = /^https:\/\/specs\.apollo\.dev\/(authenticated|requiresScopes|policy)\/v/;

/** The names under which a supergraph applies the security directives: `@link` may rename them. */
export function securityDirectives(document: DocumentNode): ReadonlyMap<string, SecurityDirective> {
  const names = new Map<string, SecurityDirective>();
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.SCHEMA_DEFINITION && definition.kind !== Kind.SCHEMA_EXTENSION) continue;
    for (const directive of definition.directives ?? []) {
      const feature = FEATURE.exec(argument(directive, 'url') ?? '')?.[1] as SecurityDirective | undefined;
      if (feature) names.set(importedName(directive, feature), feature);
    }
  }
  return names;
}

function importedName(link: DirectiveNode, feature: string): string {
  const imports = link.arguments?.find(({ name }) => name.value === 'import');
  const elements = imports ? (valueFromASTUntyped(imports.value) as (string | { name: string; as?: string })[]) : [];
  for (const element of elements) {
    const { name, as } = typeof element === 'string' ? { name: element, as: undefined } : element;
    if (name === `@${feature}`) return (as ?? name).slice(1);
  }
  return argument(link, 'as') ?? feature;
}

function argument(directive: DirectiveNode, name: string): string | undefined {
  const value = directive.arguments?.find((one) => one.name.value === name)?.value;
  return value?.kind === Kind.STRING ? value.value : undefined;
}
