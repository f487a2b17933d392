import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Identity } from '../../subgraphs/kernel/context';
import { DomainError } from '../../subgraphs/kernel/errors';
import { requestLogger, type Logger } from '../../subgraphs/kernel/logger';
import type { Authenticator } from '../authorization/authenticator';
import { addressKey } from '../limits/address-key';
import type { RateLimiter } from '../limits/rate-limit';
import type { OperationOutcome } from '../operation/types';
import type { GatewayMetrics } from './metrics';
import { traceparentOf } from './request-facts';

/** What the gateway knows of a request, beside what Fastify does. */
export interface RequestState {
  log: Logger;
  /** Set once the credential was checked. */
  identity: Identity | undefined;
  traceparent: string;
  /** Aborted when the client goes away before the answer is complete. */
  signal: AbortSignal;
  /** Errors are answered in GraphQL's shape. */
  graphql: boolean;
  operation: Pick<OperationOutcome, 'kind' | 'name'> | undefined;
}

declare module 'fastify' {
  interface FastifyRequest {
    gateway: RequestState;
  }
  interface FastifyContextConfig {
    /** Whether the route needs to know who asks; routes of the system do not. */
    identify?: boolean;
    graphql?: boolean;
  }
}

export interface HookOptions {
  log: Logger;
  authenticator: Authenticator;
  /** For requests without a credential, by address; null: not limited. */
  anonymousLimiter: RateLimiter | null;
  metrics: GatewayMetrics;
}

/** Ids, identity, limits and the request log, for every route. */
export function addRequestHooks(app: FastifyInstance, options: HookOptions): void {
  app.decorateRequest('gateway');

  app.addHook('onRequest', async (request, reply) => {
    const stop = new AbortController();
    reply.raw.once('close', () => {
      if (!reply.raw.writableFinished) stop.abort();
    });
    request.gateway = {
      log: requestLogger(options.log, request.id, null),
      identity: undefined,
      traceparent: traceparentOf(request.headers),
      signal: stop.signal,
      graphql: request.routeOptions.config.graphql === true,
      operation: undefined,
    };
    void reply.header('x-request-id', request.id);
    if (!request.routeOptions.config.identify) return;
    const identity = await options.authenticator.authenticate(request.headers.authorization, {
      requestId: request.id,
      address: request.ip,
      language: request.headers['accept-language'],
    });
    if (identity.actor.kind === 'anonymous') await limit(options.anonymousLimiter, request.ip);
    request.gateway.identity = identity;
    request.gateway.log = requestLogger(options.log, request.id, identity.tenantId);
  });

  app.addHook('onResponse', async (request, reply) => {
    const { log, operation, identity } = request.gateway;
    const route = request.routeOptions.url ?? 'none';
    const ms = Math.round(reply.elapsedTime * 10) / 10;
    const actor = identity?.actor.kind;
    const line = {
      method: request.method,
      route,
      status: reply.statusCode,
      ms,
      address: request.ip,
      actor,
      ...operation,
    };
    if (request.routeOptions.config.identify) log.info(line, 'request');
    else log.debug(line, 'request');
    if (!request.gateway.graphql && request.routeOptions.config.identify) {
      options.metrics.observeRest(route, reply.statusCode, reply.elapsedTime / 1_000);
    }
  });
}

async function limit(limiter: RateLimiter | null, address: string): Promise<void> {
  const decision = await limiter?.take(addressKey(address));
  if (!decision || decision.allowed) return;
  throw tooManyRequests(decision.retryAfterSeconds);
}

export const tooManyRequests = (retryAfterSeconds: number): DomainError =>
  new DomainError(
    'RATE_LIMITED',
    `Too many requests from this address. Try again in ${retryAfterSeconds} s, or sign in.`,
    {
      retryAfterSeconds,
    },
  );

/** The identity of a request whose route asks for one. */
export function identityOf(request: FastifyRequest): Identity {
  const { identity } = request.gateway;
  if (!identity) throw new Error('this route was registered without `identify`');
  return identity;
}
