import { isAbstractType, type GraphQLSchema } from 'graphql';

/** Answers which runtime types a type condition covers, over the whole supergraph (inaccessible types included). */
export class TypeConditions {
  private readonly known = new Map<string, (typename: unknown) => boolean>();

  constructor(private readonly supergraphSchema: GraphQLSchema) {}

  /** The condition may be abstract; a `__typename` may be an interface's where an interface object was answered. */
  condition(name: string): (typename: unknown) => boolean {
    let check = this.known.get(name);
    if (!check) {
      const names = this.namesBelow(name);
      check = (typename) => typeof typename === 'string' && names.has(typename);
      this.known.set(name, check);
    }
    return check;
  }

  private namesBelow(name: string): Set<string> {
    const names = new Set([name]);
    const type = this.supergraphSchema.getType(name);
    if (!type || !isAbstractType(type)) return names;
    for (const object of this.supergraphSchema.getPossibleTypes(type)) names.add(object.name);
    if ('getInterfaces' in type) {
      for (const child of this.supergraphSchema.getImplementations(type).interfaces) names.add(child.name);
    }
    return names;
  }
}
