import type { ExecutionResult } from 'graphql';
import { DomainError, toPublicError } from '../../subgraphs/kernel/errors';
import type { SubgraphTransport } from '../../subgraphs/kernel/transport';
import type { ExecutionContext, Json, SubgraphOperation } from '../executor/types';
import type { GatewayMetrics } from '../http/metrics';
import type { OperationCaller } from './types';

export interface SubgraphCallOptions {
  transport(serviceName: string): SubgraphTransport | undefined;
  /** Milliseconds for one fetch. */
  timeoutMs: number;
  metrics: GatewayMetrics;
  /**
   * True: the message of a subgraph's error without a code reaches the client. False: it is masked, since nobody vouched for it;
   * errors with a code come from a subgraph that mapped them.
   */
  exposeErrors: boolean;
}

/** The calls of one operation to subgraphs: deadline, measurement, and what of a failure the client may see. */
export class SubgraphCalls implements Pick<ExecutionContext, 'fetch' | 'failure' | 'subgraphError'> {
  constructor(
    private readonly options: SubgraphCallOptions,
    private readonly caller: OperationCaller,
  ) {}

  async fetch(serviceName: string, operation: SubgraphOperation): Promise<ExecutionResult> {
    const transport = this.options.transport(serviceName);
    if (!transport) throw new DomainError('UNAVAILABLE', `There is no way to the service "${serviceName}".`);
    const { identity, traceparent, signal } = this.caller;
    const stop = new AbortController();
    const forward = () => stop.abort(signal.reason);
    if (signal.aborted) forward();
    signal.addEventListener('abort', forward, { once: true });
    const done = this.options.metrics.startFetch(serviceName);
    let timer: NodeJS.Timeout | undefined;
    try {
      const deadline = new Promise<never>((_, reject) => {
        timer = setTimeout(() => {
          const late = new DomainError(
            'UNAVAILABLE',
            `The service "${serviceName}" took too long. Try again in a moment.`,
          );
          reject(late);
          stop.abort(late);
        }, this.options.timeoutMs);
      });
      const call = transport.execute({ ...operation, identity, traceparent, signal: stop.signal });
      const result = await Promise.race([call, deadline]);
      done(result.errors?.length ? 'errors' : 'ok');
      return result;
    } catch (error) {
      done('failed');
      throw error;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', forward);
    }
  }

  failure(thrown: unknown, serviceName: string): { message: string; extensions: Json } {
    const { identity, log, signal } = this.caller;
    if (signal.aborted)
      return { message: 'The request was cancelled.', extensions: { code: 'CANCELLED', serviceName } };
    log.warn({ err: thrown, subgraph: serviceName }, 'subgraph call failed');
    if (thrown instanceof DomainError) {
      const { code, message, details } = toPublicError(thrown, identity.requestId);
      return { message, extensions: { code, ...details, serviceName } };
    }
    const message = `The service "${serviceName}" is not available now. Try again in a moment.`;
    return { message, extensions: { code: 'UNAVAILABLE', serviceName } };
  }

  subgraphError(
    error: { message?: unknown; extensions?: unknown },
    serviceName: string,
  ): { message: string; extensions: Json } {
    const { identity, log } = this.caller;
    const given = typeof error.extensions === 'object' && error.extensions !== null ? (error.extensions as Json) : {};
    const { stacktrace: _stack, exception: _exception, ...extensions } = given;
    const message =
      typeof error.message === 'string' && error.message ? error.message : 'The service answered an error.';
    if (typeof extensions.code === 'string' && extensions.code !== 'INTERNAL_SERVER_ERROR') {
      return { message, extensions: { ...extensions, serviceName } };
    }
    log.error(
      { subgraph: serviceName, error: { message, extensions: given } },
      'subgraph answered an error without a code',
    );
    if (this.options.exposeErrors) {
      return { message, extensions: { ...extensions, code: 'DOWNSTREAM_SERVICE_ERROR', serviceName } };
    }
    const masked = toPublicError(new Error(message), identity.requestId);
    return { message: masked.message, extensions: { code: masked.code, request_id: identity.requestId, serviceName } };
  }
}
