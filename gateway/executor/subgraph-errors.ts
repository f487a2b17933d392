import { GraphQLError } from 'graphql';
import type { LostFields } from './lost-fields';
import type { ExecutionContext, Path } from './types';

/** One answer can name many places, and one request must not become a megabyte of errors. */
const MOST_ERRORS = 100;

/** A fetch without an answer: one error for each field that is missing because of it, at each place. */
export function reportFailure(
  context: ExecutionContext,
  serviceName: string,
  thrown: unknown,
  lost: LostFields,
  place: (path: Path | undefined) => Path[],
): void {
  const { message, extensions } = context.failure(thrown, serviceName);
  const bases = place(undefined);
  for (const base of bases) {
    for (const name of lost) add(context, message, [...base, name], extensions);
  }
}

/** Errors inside an answer, with their paths moved to where the client sees the fields. */
export function reportSubgraphErrors(
  context: ExecutionContext,
  serviceName: string,
  errors: readonly { message?: unknown; path?: unknown; extensions?: unknown }[],
  place: (path: Path | undefined) => Path[],
): void {
  for (const error of errors) {
    const { message, extensions } = context.subgraphError(error, serviceName);
    if (!Array.isArray(error.path)) {
      add(context, message, undefined, extensions);
      continue;
    }
    const paths = place(error.path as Path);
    for (const path of paths) add(context, message, path, extensions);
  }
}

function add(
  context: ExecutionContext,
  message: string,
  path: Path | undefined,
  extensions: Record<string, unknown>,
): void {
  if (context.errors.length >= MOST_ERRORS) return;
  context.errors.push(new GraphQLError(message, { path: path?.length ? path : undefined, extensions }));
}
