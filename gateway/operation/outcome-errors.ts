import { type GraphQLError } from 'graphql';
import { DomainError, ERROR_STATUS, toGraphQLError, type ErrorCode } from '../../subgraphs/kernel/errors';
import type { Logger } from '../../subgraphs/kernel/logger';
import { InvalidDocument } from './document';
import type { OperationOutcome } from './types';

/** What a client sees when an operation fails before execution: coded errors and no `data`. What is masked is logged whole. */
export function failedOutcome(thrown: unknown, requestId: string, log: Logger): OperationOutcome {
  if (thrown instanceof InvalidDocument) return { status: 400, result: { errors: thrown.errors } };
  const { error, masked } = toGraphQLError(thrown, requestId);
  if (masked) log.error({ err: thrown }, 'operation failed');
  const outcome: OperationOutcome = { status: statusOf(error), result: { errors: [error] } };
  if (thrown instanceof DomainError && thrown.details.retryAfterSeconds !== undefined) {
    outcome.retryAfterSeconds = thrown.details.retryAfterSeconds;
  }
  return outcome;
}

function statusOf(error: GraphQLError): number {
  const code = error.extensions.code;
  return typeof code === 'string' && code in ERROR_STATUS ? ERROR_STATUS[code as ErrorCode] : 400;
}
