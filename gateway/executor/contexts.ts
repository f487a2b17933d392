import type { FetchDataKeyRenamer } from '@apollo/query-planner';
import { collectAncestors } from './paths';
import type { TypeConditions } from './type-conditions';
import { isObject, own, type Json } from './types';

/** Values for the fetch's variables that come from an entity's ancestors (`@context` / `@fromContext`). */
export type ContextReader = (root: Json, path: readonly string[]) => Json[];

const FRAGMENT = '... on ';

/** Compiles a fetch's `contextRewrites`: for each entity at the fetch's path, its context variables. */
export function compileContexts(
  rewrites: readonly FetchDataKeyRenamer[] | undefined,
  types: TypeConditions,
): ContextReader | undefined {
  if (!rewrites || rewrites.length === 0) return undefined;
  const readers = rewrites.map((rewrite) => compileReader(rewrite, types));
  return (root, path) =>
    collectAncestors(root, path).map((ancestors) => {
      const values: Json = {};
      for (const read of readers) read(ancestors, values);
      return values;
    });
}

function compileReader({ path, renameKeyTo }: FetchDataKeyRenamer, types: TypeConditions) {
  const ups = path.findIndex((element) => element !== '..');
  const levels = ups === -1 ? path.length : ups;
  const steps = path.slice(levels).map((element) => {
    if (!element.startsWith(FRAGMENT)) return (value: unknown) => readField(value, element);
    const condition = types.condition(element.slice(FRAGMENT.length));
    return (value: unknown) => (isObject(value) && condition(value.__typename) ? value : undefined);
  });
  return (ancestors: readonly Json[], values: Json): void => {
    const found = steps.reduce<unknown>((value, step) => step(value), ancestors.at(-levels));
    if (found !== undefined) values[renameKeyTo] = found;
  };
}

function readField(value: unknown, key: string): unknown {
  if (Array.isArray(value)) return value.map((item) => readField(item, key));
  return isObject(value) ? own(value, key) : undefined;
}
