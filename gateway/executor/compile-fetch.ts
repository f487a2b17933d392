import type { FetchNode } from '@apollo/query-planner';
import type { ExecutionResult } from 'graphql';
import { compileContexts } from './contexts';
import { compileLostFields, type LostFields } from './lost-fields';
import { merge } from './merge';
import { hydratePaths } from './paths';
import { compileRepresentation } from './representations';
import { compileRewrites } from './rewrites';
import { reportFailure, reportSubgraphErrors } from './subgraph-errors';
import type { TypeConditions } from './type-conditions';
import { isObject, type Cursor, type ExecutionContext, type Json, type Path, type Step } from './types';

/** A fetch of root fields, or of fields of entities: everything that does not depend on the request is worked out here, once. */
export function compileFetch(node: FetchNode, types: TypeConditions): Step {
  return node.requires && node.requires.length > 0 ? compileEntityFetch(node, types) : compileRootFetch(node, types);
}

function compileRootFetch(node: FetchNode, types: TypeConditions): Step {
  const pick = compileVariables(node);
  const rewrite = compileRewrites(node.outputRewrites, types);
  const lost = compileLostFields(node);
  return async (context, cursor) => {
    const result = await send(context, node, pick(context.variables), lost, (error) =>
      cursorPaths(context, cursor, error),
    );
    if (!result || !isObject(result.data)) return;
    const data = result.data;
    const frozen = Object.isFrozen(data);
    const answer = frozen && rewrite ? copyOf(data) : data;
    rewrite?.(answer);
    cursor.objects.forEach((object, index) => merge(object, answer, frozen || index > 0));
  };
}

function compileEntityFetch(node: FetchNode, types: TypeConditions): Step {
  const pick = compileVariables(node);
  const build = compileRepresentation(node.requires!, types);
  const rewriteInput = compileRewrites(node.inputRewrites, types);
  const rewriteOutput = compileRewrites(node.outputRewrites, types);
  const readContexts = compileContexts(node.contextRewrites, types);
  const lost = compileLostFields(node);

  return async (context, cursor) => {
    const contexts = readContexts?.(context.root, cursor.path);
    const groups = new Map<string, Group>();
    cursor.objects.forEach((entity, index) => {
      const representation = build(entity);
      if (!representation) return;
      rewriteInput?.(representation);
      const variables = contexts?.[index];
      group(groups, variables, representation, index);
    });
    await Promise.all([...groups.values()].map((one) => fetchGroup(context, cursor, one)));
  };

  async function fetchGroup(context: ExecutionContext, cursor: Cursor, { variables, representations, places }: Group) {
    const all = { ...pick(context.variables), ...variables, representations };
    const result = await send(context, node, all, lost, (path) => entityPaths(context, cursor, places, path));
    if (!result || !isObject(result.data)) return;
    const received = result.data._entities;
    if (!Array.isArray(received) || received.length !== representations.length) {
      if (!result.errors?.length) {
        const thrown = new Error(`"_entities" must be a list of ${representations.length}`);
        reportFailure(context, node.serviceName, thrown, lost, (path) => entityPaths(context, cursor, places, path));
      }
      return;
    }
    const frozen = Object.isFrozen(result.data);
    received.forEach((item: unknown, index) => {
      if (!isObject(item)) return;
      const answer = frozen && rewriteOutput ? copyOf(item) : item;
      rewriteOutput?.(answer);
      places[index]!.forEach((place, nth) => mergeEntity(cursor.objects[place]!, answer, frozen || nth > 0));
    });
  }
}

/** An entity's own type is what it was found by: a subgraph that knows it as an interface object answers the interface's name. */
function mergeEntity(entity: Json, answer: Json, copy: boolean): void {
  const { __typename } = entity;
  merge(entity, answer, copy);
  if (__typename !== undefined) entity.__typename = __typename;
}

/** Entities that can share one request: the same context variables, each distinct representation once. */
interface Group {
  variables: Json | undefined;
  representations: Json[];
  /** For each representation, the indices of the entities it stands for. */
  places: number[][];
  seen: Map<string, number>;
}

function group(groups: Map<string, Group>, variables: Json | undefined, representation: Json, index: number): void {
  const groupKey = variables ? JSON.stringify(variables) : '';
  let one = groups.get(groupKey);
  if (!one) groups.set(groupKey, (one = { variables, representations: [], places: [], seen: new Map() }));
  const key = JSON.stringify(representation);
  const known = one.seen.get(key);
  if (known !== undefined) {
    one.places[known]!.push(index);
    return;
  }
  one.seen.set(key, one.representations.length);
  one.representations.push(representation);
  one.places.push([index]);
}

async function send(
  context: ExecutionContext,
  node: FetchNode,
  variables: Json,
  lost: LostFields,
  place: (path: Path | undefined) => Path[],
): Promise<ExecutionResult | undefined> {
  const { serviceName, operation: query, operationName } = node;
  try {
    const result = await context.fetch(serviceName, { query, operationName, variables });
    if (result.errors?.length) reportSubgraphErrors(context, serviceName, result.errors, place);
    else if (!isObject(result.data)) throw new Error('the answer has neither data nor errors');
    return result;
  } catch (error) {
    reportFailure(context, serviceName, error, lost, place);
    return undefined;
  }
}

/** Only variables that the fetch uses and the client provided (or that have a default). */
function compileVariables(node: FetchNode): (variables: Json) => Json {
  const names = node.variableUsages ?? [];
  return (variables) => {
    const picked: Json = {};
    for (const name of names) if (Object.hasOwn(variables, name)) picked[name] = variables[name];
    return picked;
  };
}

function cursorPaths(context: ExecutionContext, cursor: Cursor, path: Path | undefined): Path[] {
  const bases = cursor.path.length === 0 ? [[]] : hydratePaths(context.root, cursor.path);
  return bases.map((base) => [...base, ...(path ?? [])]);
}

/** `["_entities", 2, "name"]` belongs to every entity that representation 2 stands for; without an index, to all of them. */
function entityPaths(
  context: ExecutionContext,
  cursor: Cursor,
  places: readonly number[][],
  path: Path | undefined,
): Path[] {
  const paths = cursor.path.length === 0 ? [[]] : hydratePaths(context.root, cursor.path);
  const [root, index, ...rest] = path ?? [];
  const indexed = root === '_entities' && typeof index === 'number';
  const targets = indexed ? (places[index] ?? []) : places.flat();
  const tail = indexed ? rest : root === '_entities' ? [] : (path ?? []);
  return targets.map((target) => [...(paths[target] ?? []), ...tail]);
}

const copyOf = (value: Json): Json => {
  const copy: Json = {};
  merge(copy, value, true);
  return copy;
};
