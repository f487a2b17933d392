import {
  getNamedType,
  isInterfaceType,
  isObjectType,
  Kind,
  parse,
  valueFromASTUntyped,
  type ConstDirectiveNode,
  type GraphQLSchema,
} from 'graphql';
import type { Requirement } from './requirements';
import { securityDirectives, type SecurityDirective } from './security-directives';

/** The requirements written in a supergraph with `@authenticated`, `@requiresScopes` and `@policy`. */
export interface AccessRules {
  /** False when the supergraph uses none of the directives. */
  readonly any: boolean;
  /** What selecting this field needs: its own, its output type's and, on an interface, those of every implementer. */
  field(typeName: string, fieldName: string): readonly Requirement[];
  /** What a fragment on this type needs. */
  type(typeName: string): readonly Requirement[];
}

/** @param schema the public schema, whose types are what clients can select. */
export function extractAccessRules(supergraphSdl: string, schema: GraphQLSchema): AccessRules {
  const document = parse(supergraphSdl, { noLocation: true });
  const names = securityDirectives(document);
  const own = new Map<string, Requirement[]>();
  const read = (key: string, directives: readonly ConstDirectiveNode[] | undefined): void => {
    const found = (directives ?? []).flatMap((directive) => requirementOf(directive, names));
    if (found.length > 0) own.set(key, [...(own.get(key) ?? []), ...found]);
  };
  for (const definition of document.definitions) {
    if (!('name' in definition) || !definition.name || !('directives' in definition)) continue;
    if (definition.kind === Kind.DIRECTIVE_DEFINITION) continue;
    const typeName = definition.name.value;
    read(typeName, definition.directives as readonly ConstDirectiveNode[]);
    const fields = 'fields' in definition ? (definition.fields ?? []) : [];
    for (const field of fields) read(`${typeName}.${field.name.value}`, field.directives);
  }
  return new SchemaAccessRules(own, schema);
}

function requirementOf(directive: ConstDirectiveNode, names: ReadonlyMap<string, SecurityDirective>): Requirement[] {
  const kind = names.get(directive.name.value);
  if (!kind) return [];
  if (kind === 'authenticated') return [{ kind, id: kind }];
  const argument = directive.arguments?.[0];
  const anyOf = (argument ? valueFromASTUntyped(argument.value) : []) as string[][];
  return [{ kind: kind === 'requiresScopes' ? 'scopes' : 'policies', id: `${kind}:${JSON.stringify(anyOf)}`, anyOf }];
}

class SchemaAccessRules implements AccessRules {
  private readonly fields = new Map<string, readonly Requirement[]>();

  constructor(
    private readonly own: ReadonlyMap<string, readonly Requirement[]>,
    private readonly schema: GraphQLSchema,
  ) {}

  get any(): boolean {
    return this.own.size > 0;
  }

  type(typeName: string): readonly Requirement[] {
    return this.own.get(typeName) ?? [];
  }

  field(typeName: string, fieldName: string): readonly Requirement[] {
    const key = `${typeName}.${fieldName}`;
    let known = this.fields.get(key);
    if (!known) this.fields.set(key, (known = distinct(this.collect(typeName, fieldName))));
    return known;
  }

  private collect(typeName: string, fieldName: string): Requirement[] {
    const type = this.schema.getType(typeName);
    if (!isObjectType(type) && !isInterfaceType(type)) return [];
    const field = type.getFields()[fieldName];
    if (!field) return [];
    const needs = [...(this.own.get(`${typeName}.${fieldName}`) ?? []), ...this.type(getNamedType(field.type).name)];
    if (isObjectType(type)) return needs;
    for (const implementer of this.schema.getPossibleTypes(type)) {
      needs.push(...this.type(implementer.name), ...this.collect(implementer.name, fieldName));
    }
    return needs;
  }
}

function distinct(requirements: readonly Requirement[]): Requirement[] {
  return [...new Map(requirements.map((requirement) => [requirement.id, requirement])).values()];
}
