import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { DomainError } from '../../subgraphs/kernel/errors';
import type { OperationRunner } from '../operation/runner';
import type { OperationCaller, OperationOutcome, OperationRequest } from '../operation/types';
import { identityOf } from './request-hooks';

const GRAPHQL_RESPONSE = 'application/graphql-response+json';

const bodySchema = z.object({
  query: z.string({ error: '"query" must be a text' }).min(1, '"query" must not be empty'),
  operationName: z.string({ error: '"operationName" must be a text' }).nullish(),
  variables: z.record(z.string(), z.unknown(), { error: '"variables" must be an object' }).nullish(),
  extensions: z.record(z.string(), z.unknown(), { error: '"extensions" must be an object' }).nullish(),
});

/** Reads a request in JSON. Throws BAD_REQUEST. */
export function readOperation(body: unknown): OperationRequest {
  if (Array.isArray(body))
    throw new DomainError('BAD_REQUEST', 'Send one operation in each request: batches are not accepted.');
  const parsed = bodySchema.safeParse(body ?? {});
  if (parsed.success) return parsed.data;
  throw new DomainError('BAD_REQUEST', `${parsed.error.issues.map(({ message }) => message).join('; ')}.`);
}

export const callerOf = (request: FastifyRequest): OperationCaller => {
  const { log, signal, traceparent } = request.gateway;
  return { identity: identityOf(request), log, signal, traceparent };
};

/** The hot path: JSON in, JSON out, nothing between it and the runner. */
export function graphqlHandler(runner: OperationRunner) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const operation = readOperation(request.body);
    const outcome = await runner.run(operation, callerOf(request));
    return sendOutcome(outcome, request, reply);
  };
}

function sendOutcome(outcome: OperationOutcome, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { kind, name, result, retryAfterSeconds } = outcome;
  request.gateway.operation = { kind, name };
  const type = speaksModern(request.headers.accept) ? GRAPHQL_RESPONSE : 'application/json';
  if (retryAfterSeconds !== undefined) void reply.header('retry-after', String(retryAfterSeconds));
  return reply
    .code(httpStatus(outcome, request.headers.accept))
    .header('cache-control', 'no-store')
    .type(`${type}; charset=utf-8`)
    .send(JSON.stringify(result));
}

const speaksModern = (accept: string | undefined): boolean => accept?.includes(GRAPHQL_RESPONSE) === true;

/**
 * For `application/json` the specification wants 200 for any well-formed request; with `application/graphql-response+json` the status can
 * be trusted to be ours and not a proxy's.
 */
export const httpStatus = ({ status }: OperationOutcome, accept: string | undefined): number =>
  status === 400 && !speaksModern(accept) ? 200 : status;
