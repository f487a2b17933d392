import { GraphQLError } from 'graphql';

/**
 * Every code a client can ever see. The union is closed: a new failure gets a code here, with its HTTP status, or it is INTERNAL.
 * Codes are part of the public API: never rename one, only add.
 */
export const ERROR_STATUS = {
  BAD_REQUEST: 400,
  INVALID_INPUT: 400,
  UNAUTHENTICATED: 401,
  TOKEN_EXPIRED: 401,
  INVALID_CREDENTIALS: 401,
  REFRESH_TOKEN_REUSED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  CONFLICT: 409,
  VERSION_CONFLICT: 409,
  CANCELLED: 499,
  PAYLOAD_TOO_LARGE: 413,
  UNSUPPORTED_FORMAT: 415,
  UNKNOWN_FIELD: 400,
  UNKNOWN_MEASURE: 400,
  UNKNOWN_DIMENSION: 400,
  QUERY_TOO_COMPLEX: 400,
  QUERY_TOO_EXPENSIVE: 400,
  QUERY_TIMEOUT: 504,
  QUOTA_EXCEEDED: 429,
  RATE_LIMITED: 429,
  UNAVAILABLE: 503,
  INTERNAL: 500,
} as const;

export type ErrorCode = keyof typeof ERROR_STATUS;

export interface ErrorDetails {
  /** Path of the offending input, outermost first: `['input', 'fields', '0', 'name']`. */
  field?: readonly string[];
  /** Seconds after which trying again makes sense; becomes `Retry-After`. */
  retryAfterSeconds?: number;
  /** Anything else a client can act on. Never put secrets or other tenants' data here. */
  [key: string]: unknown;
}

/** A failure with a public code and a message that says what to do next. Everything else that is thrown is masked as INTERNAL. */
export class DomainError extends Error {
  override readonly name = 'DomainError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly details: ErrorDetails = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  get status(): number {
    return ERROR_STATUS[this.code];
  }
}

export const notFound = (what: string, id: string): DomainError =>
  new DomainError(
    'NOT_FOUND',
    `There is no ${what} "${id}" here. It may have been deleted, or it is not yours to see.`,
  );

export const forbidden = (permission: string): DomainError =>
  new DomainError(
    'FORBIDDEN',
    `This needs the permission "${permission}". Ask an administrator of your workspace for it.`,
    {
      permission,
    },
  );

/** The public shape of an error, the same over GraphQL and REST. */
export interface PublicError {
  code: ErrorCode;
  message: string;
  details: ErrorDetails;
}

/** The one place where a thrown value becomes public: domain errors as they are, all else masked. Returns `masked` so that the caller logs it whole. */
export function toPublicError(thrown: unknown, requestId: string): PublicError & { masked: boolean } {
  const cause = thrown instanceof GraphQLError && thrown.originalError ? thrown.originalError : thrown;
  if (cause instanceof DomainError) {
    return { code: cause.code, message: cause.message, details: cause.details, masked: false };
  }
  if (cause instanceof Error && (cause.name === 'AbortError' || cause.name === 'TimeoutError')) {
    return { code: 'CANCELLED', message: 'The request was cancelled before it finished.', details: {}, masked: false };
  }
  return {
    code: 'INTERNAL',
    message: `Something went wrong on our side. Tell support the request id ${requestId}.`,
    details: {},
    masked: true,
  };
}

/** Maps a thrown value to the GraphQL error a client sees (`extensions.code`, and `extensions.request_id` when masked). */
export function toGraphQLError(thrown: unknown, requestId: string): { error: GraphQLError; masked: boolean } {
  // What graphql itself says about a document or a variable is the client's to mend and holds nothing of ours.
  if (
    thrown instanceof GraphQLError &&
    !thrown.originalError &&
    !(thrown.extensions.code === 'INTERNAL_SERVER_ERROR')
  ) {
    const code = thrown.extensions.code ?? 'BAD_REQUEST';
    const extensions = { ...thrown.extensions, code };
    return { error: new GraphQLError(thrown.message, { ...positions(thrown), extensions }), masked: false };
  }
  const { masked, code, message, details } = toPublicError(thrown, requestId);
  const extensions = { code, ...details, ...(masked ? { request_id: requestId } : {}) };
  const at = thrown instanceof GraphQLError ? positions(thrown) : {};
  return { error: new GraphQLError(message, { ...at, extensions }), masked };
}

const positions = (error: GraphQLError) => ({ nodes: error.nodes, path: error.path });
