import {
  Kind,
  type DocumentNode,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { DomainError } from '../../subgraphs/kernel/errors';

/** Bounds of one GraphQL document. All counts are after fragments are expanded, except characters and tokens. */
export interface DocumentLimits {
  /** Length of the text: one token can be as long as the body. */
  characters: number;
  /** Levels of fields. */
  depth: number;
  aliases: number;
  /** Lexical tokens of the text. */
  tokens: number;
  directives: number;
  /** Fields at the root. */
  rootFields: number;
  /** Fields altogether. */
  fields: number;
}

export const DEFAULT_DOCUMENT_LIMITS: DocumentLimits = {
  characters: 100_000,
  depth: 15,
  aliases: 100,
  tokens: 15_000,
  directives: 100,
  rootFields: 50,
  fields: 2_000,
};

interface Measure {
  depth: number;
  aliases: number;
  directives: number;
  fields: number;
}

/** Throws QUERY_TOO_COMPLEX when an operation of the document is over a limit. Does not need a valid document. */
export function checkDocumentLimits(document: DocumentNode, limits: DocumentLimits): void {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const measurer = new Measurer(fragments);
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    const measure = measurer.operation(definition);
    check('depth', measure.depth, limits.depth, 'levels deep');
    check('aliases', measure.aliases, limits.aliases, 'aliases long');
    check('directives', measure.directives, limits.directives, 'directives long');
    check('rootFields', measurer.rootFields(definition.selectionSet), limits.rootFields, 'root fields wide');
    check('fields', measure.fields, limits.fields, 'fields large');
  }
}

function check(limit: keyof DocumentLimits, actual: number, allowed: number, unit: string): void {
  if (actual > allowed) throw tooComplex(`The operation is ${actual} ${unit}`, limit, allowed, actual);
}

/** @param what the finding, e.g. "The operation is 30 levels deep". */
export const tooComplex = (
  what: string,
  limit: keyof DocumentLimits,
  allowed: number,
  actual?: number,
  advice = 'Ask for less at once.',
): DomainError =>
  new DomainError('QUERY_TOO_COMPLEX', `${what}; at most ${allowed} are allowed. ${advice}`, {
    limit,
    allowed,
    ...(actual === undefined ? {} : { actual }),
  });

/** Throws QUERY_TOO_COMPLEX when the text is longer than allowed: neither it nor its plan is to be read, kept or sent on. */
export function checkTextLength({ length }: string, { characters }: DocumentLimits): void {
  if (length <= characters) return;
  const what = `The operation is ${length} characters long`;
  throw tooComplex(what, 'characters', characters, length, 'Send values as variables.');
}

class Measurer {
  private readonly known = new Map<string, Measure | 'open'>();
  private readonly knownRoots = new Map<string, number>();

  constructor(private readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>) {}

  operation(operation: OperationDefinitionNode): Measure {
    const measure = this.set(operation.selectionSet);
    return { ...measure, directives: measure.directives + (operation.directives?.length ?? 0) };
  }

  rootFields(set: SelectionSetNode | undefined): number {
    return (set?.selections ?? []).reduce((count, selection) => {
      if (selection.kind === Kind.FIELD) return count + 1;
      if (selection.kind === Kind.INLINE_FRAGMENT) return count + this.rootFields(selection.selectionSet);
      const name = selection.name.value;
      let inner = this.knownRoots.get(name);
      if (inner === undefined) {
        this.knownRoots.set(name, 0);
        inner = this.rootFields(this.fragments.get(name)?.selectionSet);
        this.knownRoots.set(name, inner);
      }
      return count + inner;
    }, 0);
  }

  private set(set: SelectionSetNode | undefined): Measure {
    const total: Measure = { depth: 0, aliases: 0, directives: 0, fields: 0 };
    for (const selection of set?.selections ?? []) {
      const part = this.selection(selection);
      total.depth = Math.max(total.depth, part.depth);
      total.aliases += part.aliases;
      total.directives += part.directives;
      total.fields += part.fields;
    }
    return total;
  }

  private selection(selection: SelectionNode): Measure {
    const directives = selection.directives?.length ?? 0;
    if (selection.kind === Kind.FRAGMENT_SPREAD) {
      const inner = this.fragment(selection.name.value);
      return { ...inner, directives: inner.directives + directives };
    }
    const inner = this.set(selection.selectionSet);
    if (selection.kind === Kind.INLINE_FRAGMENT) return { ...inner, directives: inner.directives + directives };
    // The standard introspection query is deep by nature; its depth is bounded by a validation rule of its own.
    const introspection = selection.name.value === '__schema' || selection.name.value === '__type';
    return {
      depth: introspection ? 1 : inner.depth + 1,
      aliases: inner.aliases + (selection.alias ? 1 : 0),
      directives: inner.directives + directives,
      fields: inner.fields + 1,
    };
  }

  private fragment(name: string): Measure {
    const known = this.known.get(name);
    // A cycle is for validation to refuse.
    if (known === 'open') return { depth: 0, aliases: 0, directives: 0, fields: 0 };
    if (known) return known;
    this.known.set(name, 'open');
    const measure = this.set(this.fragments.get(name)?.selectionSet);
    this.known.set(name, measure);
    return measure;
  }
}
