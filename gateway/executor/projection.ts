import {
  GraphQLError,
  isListType,
  isLeafType,
  isNonNullType,
  isObjectType,
  isAbstractType,
  type GraphQLCompositeType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type GraphQLNamedOutputType,
} from 'graphql';
import { leafCheck } from './leaf-values';
import { collectFields, type Selected, type SelectedField, type SelectionContext } from './selections';
import { isObject, type Json } from './types';

/** Where a projection reports and reads what is of one request only. */
export interface ProjectionState {
  errors: GraphQLError[];
  path: (string | number)[];
  /** Answers for `__schema` and `__type` at the root. */
  introspection: Json;
}

/** Of one answer; beyond them nulls stand without a reason of their own. */
const MOST_ERRORS = 100;
/** A null whose reason is among the errors already. */
const REPORTED = Symbol('reported null');
/** A reported null where null is not allowed: the parent becomes null. */
const BUBBLE = Symbol('bubble');

type Complete = (value: unknown, state: ProjectionState) => unknown;
type ProjectObject = (source: Json, state: ProjectionState) => Json | typeof REPORTED;

/**
 * Compiles the client's selections into a function from the merged answers of the subgraphs to the client's `data`: only selected fields,
 * in the order asked, nulls bubbling as the specification says, hidden enum values and types as null.
 */
export function compileProjection(
  schema: GraphQLSchema,
  rootType: GraphQLObjectType,
  selected: readonly Selected[],
  context: SelectionContext,
): (source: Json, state: ProjectionState) => Json | null {
  const project = new ProjectionCompiler(schema, context).object(rootType, selected, true);
  return (source, state) => {
    const data = project(source, state);
    return data === REPORTED ? null : data;
  };
}

class ProjectionCompiler {
  constructor(
    private readonly schema: GraphQLSchema,
    private readonly context: SelectionContext,
  ) {}

  object(type: GraphQLObjectType, selected: readonly Selected[], root = false): ProjectObject {
    const writers = [...collectFields(this.context, type, selected)].map(([name, fields]) =>
      this.field(type, name, fields, root),
    );
    return (source, state) => {
      const target: Json = {};
      for (const write of writers) if (!write(source, target, state)) return REPORTED;
      return target;
    };
  }

  private field(type: GraphQLObjectType, key: string, fields: readonly SelectedField[], root: boolean) {
    const first = fields[0]!;
    const fieldName = first.node.name.value;
    if (fieldName === '__typename') return constant(key, type.name);
    if (root && (fieldName === '__schema' || fieldName === '__type')) return introspected(key);
    const definition = type.getFields()[fieldName];
    if (!definition) return constant(key, null);
    if (fields.every((field) => field.denied)) return isNonNullType(definition.type) ? bubbling() : constant(key, null);

    const nested = fields.flatMap(({ node, denied }) =>
      node.selectionSet ? [{ set: node.selectionSet, denied }] : [],
    );
    const complete = this.value(definition.type, nested, `${type.name}.${fieldName}`);
    const inherited = key in Object.prototype;
    return (source: Json, target: Json, state: ProjectionState): boolean => {
      const value = inherited && !Object.hasOwn(source, key) ? undefined : source[key];
      state.path.push(key);
      const completed = complete(value, state);
      state.path.pop();
      if (completed === BUBBLE) return false;
      target[key] = completed === REPORTED ? null : completed;
      return true;
    };
  }

  private value(type: GraphQLOutputType, selected: readonly Selected[], where: string): Complete {
    if (isNonNullType(type)) return nonNull(this.value(type.ofType, selected, where), where);
    if (isListType(type)) return list(this.value(type.ofType as GraphQLOutputType, selected, where), where);
    if (isLeafType(type)) {
      const valid = leafCheck(type);
      return (value, state) => {
        if (value === null || value === undefined) return null;
        return valid(value) ? value : report(state, `A service answered a value that "${where}" cannot have.`);
      };
    }
    return this.composite(type, selected, where);
  }

  private composite(type: GraphQLCompositeType, selected: readonly Selected[], where: string): Complete {
    const projections = new Map<string, ProjectObject | null>();
    const project = (typename: string): ProjectObject | null => {
      let known = projections.get(typename);
      if (known === undefined) {
        const runtime = this.schema.getType(typename) as GraphQLNamedOutputType | undefined;
        known = isObjectType(runtime) && this.covers(type, runtime) ? this.object(runtime, selected) : null;
        // Names come from subgraphs: what is unknown is not remembered, so that the map stays as small as the schema.
        if (known) projections.set(typename, known);
      }
      return known;
    };
    const byDefault = isObjectType(type) ? type.name : undefined;
    return (value, state) => {
      if (value === null || value === undefined) return null;
      if (!isObject(value)) return report(state, `A service answered no object for "${where}".`);
      const typename = typeof value.__typename === 'string' ? value.__typename : byDefault;
      const projection = typename === undefined ? null : project(typename);
      return projection
        ? projection(value, state)
        : report(state, `A service answered a type that "${where}" cannot have.`);
    };
  }

  private covers(type: GraphQLCompositeType, runtime: GraphQLObjectType): boolean {
    return isAbstractType(type) ? this.schema.isSubType(type, runtime) : type === runtime;
  }
}

type Write = (source: Json, target: Json, state: ProjectionState) => boolean;

const constant =
  (key: string, value: unknown): Write =>
  (_source, target) => {
    target[key] = value;
    return true;
  };

const introspected =
  (key: string): Write =>
  (_source, target, state) => {
    target[key] = state.introspection[key] ?? null;
    return true;
  };

const bubbling = (): Write => () => false;

function nonNull(complete: Complete, where: string): Complete {
  return (value, state) => {
    const completed = complete(value, state);
    if (completed === null) {
      report(state, `Cannot return null for non-nullable field ${where}.`);
      return BUBBLE;
    }
    return completed === REPORTED ? BUBBLE : completed;
  };
}

function list(complete: Complete, where: string): Complete {
  return (value, state) => {
    if (value === null || value === undefined) return null;
    if (!Array.isArray(value)) return report(state, `A service answered no list for "${where}".`);
    const items: unknown[] = new Array(value.length);
    for (let index = 0; index < value.length; index++) {
      state.path.push(index);
      const completed = complete(value[index], state);
      state.path.pop();
      if (completed === BUBBLE) return REPORTED;
      items[index] = completed === REPORTED ? null : completed;
    }
    return items;
  };
}

/** Adds an error for this place, unless one above, at or below it says already why there is a null. */
function report(state: ProjectionState, message: string): typeof REPORTED {
  const { path, errors } = state;
  // A subgraph that answers a long list wrongly is wrong in one way; each further error would cost a look at all before it.
  if (errors.length >= MOST_ERRORS) return REPORTED;
  const known = errors.some((error) => {
    const other = error.path;
    if (!other) return error.extensions.serviceName !== undefined;
    const common = Math.min(other.length, path.length);
    for (let index = 0; index < common; index++) if (other[index] !== path[index]) return false;
    return true;
  });
  if (!known) errors.push(new GraphQLError(message, { path: [...path], extensions: { code: 'INTERNAL' } }));
  return REPORTED;
}
