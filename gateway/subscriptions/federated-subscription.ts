import { GraphQLError, type ExecutionResult } from 'graphql';
import { DomainError } from '../../subgraphs/kernel/errors';
import { clone } from '../executor/merge';
import { compileRewrites } from '../executor/rewrites';
import { isObject, type Json } from '../executor/types';
import type { OperationRunner, PreparedRun } from '../operation/runner';
import { SubgraphCalls } from '../operation/subgraph-calls';
import type { OperationCaller } from '../operation/types';
import { EventStream } from './event-stream';

export interface FederatedSubscription {
  run: PreparedRun;
  /** Read anew for each event: the identity may be renewed while the stream is open. */
  caller: () => OperationCaller;
  capacity: number;
  onEnd(): void;
}

const OPEN_TIMEOUT_MS = 10_000;
/** Seconds before its end within which an identity counts as ended. */
const EXPIRY_MARGIN = 5;

/**
 * Opens a subscription: the primary fetch streams from one subgraph, and for each event the rest of the plan runs over the others. Rejects with
 * what the client may see.
 */
export async function openSubscription(
  runner: OperationRunner,
  subscription: FederatedSubscription,
): Promise<EventStream> {
  const { run, caller, capacity, onEnd } = subscription;
  const { primary } = run.variant;
  if (!primary) {
    const { errors } = await runner.execute(run, caller(), {}, []);
    throw errors?.[0] ?? new DomainError('BAD_REQUEST', 'Select a field of the subscription.');
  }
  const { serviceName } = primary;
  const rewrite = compileRewrites(primary.outputRewrites, run.prepared.state.types);
  const variables = pick(run.prepared.planVariables(run.variables), primary.variableUsages ?? []);
  let openedUntil: number | null = null;

  return EventStream.open({
    capacity,
    onEnd,
    async open() {
      const { identity, signal, traceparent } = caller();
      openedUntil = identity.expiresAt;
      const transport = runner.options.transport(serviceName);
      if (!transport) throw new DomainError('UNAVAILABLE', `There is no way to the service "${serviceName}".`);
      const { operation: query, operationName } = primary;
      return withDeadline(
        transport.subscribe({ query, operationName, variables, identity, signal, traceparent }),
        serviceName,
      );
    },
    mayReopen() {
      const { expiresAt } = caller().identity;
      const over = openedUntil !== null && openedUntil - EXPIRY_MARGIN <= Date.now() / 1_000;
      return over && expiresAt !== null && expiresAt > openedUntil!;
    },
    async evaluate(event) {
      const now = caller();
      const calls = new SubgraphCalls(runner.options, now);
      const errors = (event.errors ?? []).map((error) => eventError(error, serviceName, calls));
      if (event.data === undefined && errors.length > 0) return { errors };
      // An event may be shared with other subscribers of the subgraph.
      const root = isObject(event.data) ? (clone(event.data) as Json) : {};
      rewrite?.(root);
      return runner.execute(run, now, root, errors);
    },
    failure(thrown) {
      const calls = new SubgraphCalls(runner.options, caller());
      const known = thrown instanceof GraphQLError;
      const { message, extensions } = known
        ? calls.subgraphError(thrown, serviceName)
        : calls.failure(thrown, serviceName);
      return new GraphQLError(message, { extensions });
    },
  });
}

function eventError(
  error: ExecutionResult['errors'] extends readonly (infer E)[] | undefined ? E : never,
  serviceName: string,
  calls: SubgraphCalls,
): GraphQLError {
  const { message, extensions } = calls.subgraphError(error, serviceName);
  return new GraphQLError(message, { path: error.path, extensions });
}

function pick(variables: Json, names: readonly string[]): Json {
  return Object.fromEntries(
    names.filter((name) => Object.hasOwn(variables, name)).map((name) => [name, variables[name]]),
  );
}

async function withDeadline(
  opening: Promise<AsyncIterableIterator<ExecutionResult>>,
  serviceName: string,
): Promise<AsyncIterableIterator<ExecutionResult>> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new DomainError('UNAVAILABLE', `The service "${serviceName}" took too long. Try again in a moment.`));
      // What opens after all is closed again.
      void opening.then((late) => late.return?.()).catch(() => undefined);
    }, OPEN_TIMEOUT_MS);
  });
  try {
    return await Promise.race([opening, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
