import { isObject, own, type Json, type Path } from './types';

/**
 * The objects at a plan's path below `start`, in order. `@` steps into every element of a list, lists of lists by one `@` each; nulls and
 * what is missing are left out.
 */
export function collectObjects(start: readonly Json[], path: readonly string[]): Json[] {
  const found: Json[] = [];
  for (const object of start) walk(object, path, 0, undefined, (value) => found.push(value));
  return found;
}

/** The response paths of what `collectObjects([root], path)` finds, in the same order. Only computed when there is an error to place. */
export function hydratePaths(root: Json, path: readonly string[]): Path[] {
  const found: Path[] = [];
  const trail: (string | number)[] = [];
  walk(root, path, 0, trail, () => found.push([...trail]));
  return found;
}

/** For each object that `collectObjects([root], path)` finds, in the same order: the objects above it, outermost first. */
export function collectAncestors(root: Json, path: readonly string[]): Json[][] {
  const found: Json[][] = [];
  const ancestors: Json[] = [];
  walk(root, path, 0, undefined, () => found.push([...ancestors]), ancestors);
  return found;
}

function walk(
  value: unknown,
  path: readonly string[],
  depth: number,
  trail: (string | number)[] | undefined,
  found: (object: Json) => void,
  ancestors?: Json[],
): void {
  if (value === null || value === undefined) return;
  if (Array.isArray(value)) {
    // A list that the path ends on, or that a name steps through, counts as all of its elements.
    const next = path[depth] === '@' ? depth + 1 : depth;
    value.forEach((item, index) => {
      trail?.push(index);
      walk(item, path, next, trail, found, ancestors);
      trail?.pop();
    });
    return;
  }
  if (!isObject(value)) return;
  const head = path[depth];
  if (head === undefined) return found(value);
  if (head === '@') return;
  trail?.push(head);
  ancestors?.push(value);
  walk(own(value, head), path, depth + 1, trail, found, ancestors);
  ancestors?.pop();
  trail?.pop();
}
