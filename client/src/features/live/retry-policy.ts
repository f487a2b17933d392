/** Codes that will not go away by asking again; every other failure may. */
const LASTING = new Set([
  'NOT_FOUND',
  'FORBIDDEN',
  'UNAUTHORIZED_FIELD_OR_TYPE',
  'BAD_REQUEST',
  'INVALID_INPUT',
  'GRAPHQL_VALIDATION_FAILED',
  'UNKNOWN_FIELD',
  'UNKNOWN_MEASURE',
  'UNKNOWN_DIMENSION',
  'QUERY_TOO_COMPLEX',
  'QUERY_TOO_EXPENSIVE',
]);

export const mayPass = (code: string): boolean => !LASTING.has(code);

/** Milliseconds until a dashboard that nobody looks after asks again: 20 to 40 seconds, so that a wall full of them does not ask at once. */
export const retryDelay = (random: () => number = Math.random): number => 20_000 + Math.round(random() * 20_000);
