import type { QueryPlanSelectionNode } from '@apollo/query-planner';
import { merge } from './merge';
import type { TypeConditions } from './type-conditions';
import { isObject, type Json } from './types';

/** Builds what a subgraph needs to know of an entity; undefined when something of it is missing (null is not missing). */
export type RepresentationBuilder = (entity: Json) => Json | undefined;

/** Compiles a fetch's `requires`. An entity whose required fields did not arrive is skipped; the representation shares no object with it. */
export function compileRepresentation(
  requires: readonly QueryPlanSelectionNode[],
  types: TypeConditions,
): RepresentationBuilder {
  const parts = requires.map((selection) => compileSelections([selection], types));
  return (entity) => {
    const representation: Json = {};
    for (const part of parts) {
      const built = part(entity);
      if (built) merge(representation, built);
    }
    return typeof representation.__typename === 'string' ? representation : undefined;
  };
}

type Writer = (source: Json, target: Json) => boolean;

function compileSelections(
  selections: readonly QueryPlanSelectionNode[],
  types: TypeConditions,
): RepresentationBuilder {
  const writers = selections.map((selection) => compileSelection(selection, types));
  return (source) => {
    const target: Json = {};
    for (const write of writers) if (!write(source, target)) return undefined;
    return target;
  };
}

function compileSelection(selection: QueryPlanSelectionNode, types: TypeConditions): Writer {
  if (selection.kind === 'InlineFragment') {
    const applies = selection.typeCondition ? types.condition(selection.typeCondition) : () => true;
    const build = compileSelections(selection.selections, types);
    return (source, target) => {
      if (!applies(source.__typename)) return true;
      const part = build(source);
      if (part) merge(target, part);
      return part !== undefined;
    };
  }
  const key = selection.alias ?? selection.name;
  const nested = selection.selections && compileSelections(selection.selections, types);
  return (source, target) => {
    const value = Object.hasOwn(source, key) ? source[key] : undefined;
    if (value === undefined) return false;
    const built = nested ? buildNested(value, nested) : value;
    if (built === undefined) return false;
    target[key] = built;
    return true;
  };
}

function buildNested(value: unknown, build: RepresentationBuilder): unknown {
  if (value === null) return null;
  if (isObject(value)) return build(value);
  if (!Array.isArray(value)) return undefined;
  const items: unknown[] = [];
  for (const item of value) {
    const built = buildNested(item, build);
    if (built === undefined) return undefined;
    items.push(built);
  }
  return items;
}
