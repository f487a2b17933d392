import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { drainBriefly } from './drain-briefly';
import { DomainError, ERROR_STATUS, toPublicError, type PublicError } from '../../subgraphs/kernel/errors';

const FASTIFY_ERRORS: Record<string, (error: FastifyError) => DomainError> = {
  FST_ERR_CTP_BODY_TOO_LARGE: () => new DomainError('PAYLOAD_TOO_LARGE', 'The body is too large. Send less at once.'),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: () => new DomainError('UNSUPPORTED_FORMAT', 'Send the body as "application/json".'),
};

/** Anything thrown while a request is served, as what a client may see. */
export function publicError(thrown: unknown, requestId: string): PublicError & { masked: boolean } {
  return toPublicError(ofFastify(thrown) ?? thrown, requestId);
}

function ofFastify(thrown: unknown): DomainError | undefined {
  if (!(thrown instanceof Error) || !('code' in thrown) || typeof thrown.code !== 'string') return undefined;
  const error = thrown as FastifyError;
  if (!error.code.startsWith('FST_') && error.statusCode === undefined) return undefined;
  const known = FASTIFY_ERRORS[error.code];
  if (known) return known(error);
  if (error.statusCode === 413) return FASTIFY_ERRORS.FST_ERR_CTP_BODY_TOO_LARGE!(error);
  const client = error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500;
  return client
    ? new DomainError('BAD_REQUEST', 'The request could not be read. Check its body and headers.')
    : undefined;
}

/** The one envelope of REST errors. */
export const errorEnvelope = ({ code, message, details }: PublicError, requestId: string): object => ({
  success: false,
  error: { code, message, details: Array.isArray(details.issues) ? (details.issues as unknown[]) : [] },
  timestamp: new Date().toISOString(),
  request_id: requestId,
});

/** Answers a failed request: GraphQL's shape on the GraphQL path, the REST envelope elsewhere. */
export function sendError(thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { masked, ...error } = publicError(thrown, request.id);
  if (masked) request.gateway.log.error({ err: thrown }, 'request failed');
  const { code, message, details } = error;
  if (details.retryAfterSeconds !== undefined) void reply.header('retry-after', String(details.retryAfterSeconds));
  if (code === 'UNAUTHENTICATED' || code === 'TOKEN_EXPIRED') void reply.header('www-authenticate', challenge(code));
  if (code === 'PAYLOAD_TOO_LARGE' && !request.raw.complete) {
    void reply.removeHeader('connection');
    drainBriefly(request.raw);
  }
  void reply.code(ERROR_STATUS[code]).header('cache-control', 'no-store');
  if (request.gateway.graphql) {
    const extensions = { code, ...details, request_id: request.id };
    return reply.type('application/json; charset=utf-8').send(JSON.stringify({ errors: [{ message, extensions }] }));
  }
  return reply.type('application/json; charset=utf-8').send(JSON.stringify(errorEnvelope(error, request.id)));
}

const challenge = (code: string): string =>
  code === 'TOKEN_EXPIRED'
    ? 'Bearer error="invalid_token", error_description="the token has expired"'
    : 'Bearer error="invalid_token"';
