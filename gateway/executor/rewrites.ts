import type { FetchDataRewrite } from '@apollo/query-planner';
import type { TypeConditions } from './type-conditions';
import { isObject, own, type Json } from './types';

export type Rewrite = (value: unknown) => void;

const FRAGMENT = '... on ';

/**
 * Compiles a fetch's rewrites into functions that change a value of ours in place. Renames move every value that is present: 0, false, ""
 * and null included.
 */
export function compileRewrites(
  rewrites: readonly FetchDataRewrite[] | undefined,
  types: TypeConditions,
): Rewrite | undefined {
  if (!rewrites || rewrites.length === 0) return undefined;
  const compiled = rewrites.map((rewrite) => compileRewrite(rewrite, types));
  return (value) => compiled.forEach((apply) => apply(value));
}

function compileRewrite(rewrite: FetchDataRewrite, types: TypeConditions): Rewrite {
  const last = rewrite.path.at(-1);
  if (last === undefined) return () => undefined;
  const change =
    rewrite.kind === 'ValueSetter'
      ? (object: Json) => {
          object[last] = rewrite.setValueTo as unknown;
        }
      : (object: Json) => {
          if (!Object.hasOwn(object, last) || object[last] === undefined) return;
          object[rewrite.renameKeyTo] = object[last];
          delete object[last];
        };
  return rewrite.path.slice(0, -1).reduceRight<Rewrite>((next, element) => {
    if (!element.startsWith(FRAGMENT)) return everyObject((object) => next(own(object, element)));
    const condition = types.condition(element.slice(FRAGMENT.length));
    return everyObject((object) => {
      const typename = object.__typename;
      if (typename === undefined || condition(typename)) next(object);
    });
  }, everyObject(change));
}

const everyObject = (apply: (object: Json) => void): Rewrite =>
  function each(value) {
    if (Array.isArray(value)) value.forEach(each);
    else if (isObject(value)) apply(value);
  };
