import { isObject, type Json } from './types';

/**
 * Merges a subgraph's answer into what is known already. A null never erases what another subgraph knew; lists are merged by index and
 * the longer one's rest is kept. With `copy`, nothing of `source` is shared with `target`: needed where one answer goes to several places
 * or belongs to somebody else.
 */
export function merge(target: Json, source: Json, copy = false): void {
  for (const key of Object.keys(source)) {
    if (key === '__proto__') continue;
    const next = source[key];
    if (next === undefined) continue;
    const present = Object.hasOwn(target, key) ? target[key] : undefined;
    if (present === undefined || present === null) target[key] = copy ? clone(next) : next;
    else if (next !== null) target[key] = mergeValues(present, next, copy);
  }
}

function mergeValues(present: unknown, next: unknown, copy: boolean): unknown {
  if (isObject(present) && isObject(next)) {
    // A scalar that happens to be an object may be shared and frozen by the subgraph; two answers for one scalar are equal anyway.
    if (Object.isFrozen(present)) return copy ? clone(next) : next;
    merge(present, next, copy);
    return present;
  }
  if (Array.isArray(present) && Array.isArray(next)) {
    if (Object.isFrozen(present)) return copy ? clone(next) : next;
    return mergeLists(present, next, copy);
  }
  return copy ? clone(next) : next;
}

function mergeLists(present: unknown[], next: unknown[], copy: boolean): unknown[] {
  for (let index = 0; index < next.length; index++) {
    const item: unknown = next[index];
    const known: unknown = present[index];
    if (known === undefined || known === null) present[index] = copy ? clone(item) : item;
    else if (item !== null && item !== undefined) present[index] = mergeValues(known, item, copy);
  }
  return present;
}

export function clone(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(clone);
  if (!isObject(value)) return value;
  const copy: Json = {};
  for (const key of Object.keys(value)) if (key !== '__proto__') copy[key] = clone(value[key]);
  return copy;
}
