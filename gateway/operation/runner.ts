import type { DocumentNode, GraphQLError } from 'graphql';
import { DomainError } from '../../subgraphs/kernel/errors';
import type { Json } from '../executor/types';
import type { PolicyEvaluator } from '../authorization/requirements';
import type { GatewayMetrics } from '../http/metrics';
import type { SchemaState } from '../supergraph/schema-state';
import { OperationStore, type OperationStoreOptions } from './operation-store';
import { failedOutcome } from './outcome-errors';
import type { PreparedOperation, Variant } from './prepare';
import { shortName } from './short-name';
import { SubgraphCalls, type SubgraphCallOptions } from './subgraph-calls';
import type { OperationCaller, OperationKind, OperationOutcome, OperationRequest, OperationResult } from './types';
import { coerceVariables } from './variables';

export interface RunnerOptions extends OperationStoreOptions, SubgraphCallOptions {
  policy?: PolicyEvaluator | undefined;
  /** Answers a request that has a denied field with errors only. */
  rejectUnauthorized: boolean;
  metrics: GatewayMetrics;
}

export interface PreparedRun {
  prepared: PreparedOperation;
  variant: Variant;
  variables: Json;
  kind: OperationKind;
  name: string | undefined;
  document: DocumentNode;
}

/** The one way in which operations run, whatever they came through: parse, limits, authorization, plan, execution. */
export class OperationRunner {
  private store: OperationStore;

  constructor(
    state: SchemaState,
    readonly options: RunnerOptions,
  ) {
    this.store = new OperationStore(state, options);
  }

  /** Takes a new schema into use; operations that run go on with the old one. */
  use(state: SchemaState): void {
    this.store = new OperationStore(state, this.options);
  }

  /** Runs a query or mutation. Never rejects: what fails is in the outcome. */
  async run(request: OperationRequest, caller: OperationCaller): Promise<OperationOutcome> {
    const begin = performance.now();
    let run: PreparedRun | undefined;
    let outcome: OperationOutcome;
    try {
      run = this.prepare(request, caller);
      if (run.kind === 'subscription') {
        throw new DomainError('BAD_REQUEST', 'Subscriptions run over the WebSocket protocol graphql-transport-ws.');
      }
      outcome = { status: 200, result: await this.execute(run, caller, {}, []) };
    } catch (error) {
      outcome = failedOutcome(error, caller.identity.requestId, caller.log);
    }
    if (run) Object.assign(outcome, { kind: run.kind, name: shortName(run.name) });
    const status = outcome.result.errors?.length ? (outcome.result.data ? 'partial' : 'error') : 'ok';
    this.options.metrics.observeRequest(run?.kind ?? 'unknown', status, (performance.now() - begin) / 1_000);
    return outcome;
  }

  /** Everything before execution. Throws what the client may see. */
  prepare(request: OperationRequest, caller: OperationCaller): PreparedRun {
    if (typeof request.query !== 'string' || request.query === '') {
      throw new DomainError('BAD_REQUEST', 'Send the operation as a text in "query".');
    }
    const found = this.store.find(request.query, request.operationName);
    const { operation } = found;
    const prepared = found.prepare(caller.identity);
    const variables = coerceVariables(prepared.state.schema, operation, request.variables ?? {});
    const variant = prepared.variant(variables);
    return {
      prepared,
      variant,
      variables,
      kind: operation.operation,
      name: operation.name?.value,
      document: found.document,
    };
  }

  /** Runs the plan from what `root` and `errors` hold already, and projects the answer. */
  async execute(
    { prepared, variant, variables }: PreparedRun,
    caller: OperationCaller,
    root: Json,
    errors: GraphQLError[],
  ): Promise<OperationResult> {
    if (this.options.rejectUnauthorized && variant.denials.length > 0) return { errors: variant.denials };
    if (variant.plan) {
      const calls = new SubgraphCalls(this.options, caller);
      const context = {
        variables: prepared.planVariables(variables),
        root,
        errors,
        fetch: (service: string, operation: Parameters<SubgraphCalls['fetch']>[1]) => calls.fetch(service, operation),
        failure: (thrown: unknown, service: string) => calls.failure(thrown, service),
        subgraphError: (error: Parameters<SubgraphCalls['subgraphError']>[0], service: string) =>
          calls.subgraphError(error, service),
      };
      await variant.plan(context, { objects: [root], path: [] });
    }
    const introspection = prepared.introspect?.(variables) ?? {};
    const data = variant.project(root, { errors, path: [], introspection });
    const all = [...variant.denials, ...errors];
    return all.length > 0 ? { errors: all, data } : { data };
  }
}
