import { ApolloServer, type BaseContext } from '@apollo/server';
import { ApolloServerPluginLandingPageLocalDefault } from '@apollo/server/plugin/landingPage/default';
import { unwrapResolverError } from '@apollo/server/errors';
import type { GatewayInterface } from '@apollo/server-gateway-interface';
import { toGraphQLError } from '../../subgraphs/kernel/errors';
import type { Logger } from '../../subgraphs/kernel/logger';
import type { OperationRunner } from '../operation/runner';
import { httpStatus } from './graphql-route';
import type { OperationCaller, OperationOutcome } from '../operation/types';
import type { SupergraphGateway } from '../supergraph/supergraph-gateway';

export interface ApolloContext extends BaseContext {
  caller: OperationCaller;
  /** Hears what became of the operation, for the request log. */
  report(outcome: OperationOutcome): void;
}

/** The executor that Apollo Server calls: one more thin way into the runner, which checks the document itself. */
export function apolloExecutor(runner: () => OperationRunner): SupergraphGateway['executor'] {
  return async (requestContext) => {
    const context = requestContext.context as unknown as ApolloContext;
    const { query = '', operationName, variables } = requestContext.request;
    const outcome = await runner().run({ query, operationName, variables }, context.caller);
    context.report(outcome);
    const { http } = requestContext.response as { http?: { status?: number } };
    const accepted = requestContext.request.http?.headers.get('accept') ?? undefined;
    if (http) http.status = httpStatus(outcome, accepted);
    return outcome.result as Awaited<ReturnType<SupergraphGateway['executor']>>;
  };
}

/** Serves queries by GET, the landing page, and whatever plugins bring. */
export async function startApollo(
  gateway: SupergraphGateway,
  log: Logger,
  introspection: boolean,
): Promise<ApolloServer<ApolloContext>> {
  const server = new ApolloServer<ApolloContext>({
    gateway: gateway as unknown as GatewayInterface,
    introspection,
    csrfPrevention: true,
    persistedQueries: false,
    // The runner bounds and validates every document, once.
    dangerouslyDisableValidation: true,
    documentStore: null,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    allowBatchedHttpRequests: false,
    // The executor sets the status.
    status400ForVariableCoercionErrors: false,
    apollo: {},
    nodeEnv: 'production',
    plugins: [ApolloServerPluginLandingPageLocalDefault({ embed: true, footer: false })],
    logger: {
      debug: (message) => log.trace(message),
      info: (message) => log.debug(message),
      // It announces the end of the option above at each start; the audits say when it must go.
      warn: (message) =>
        log[String(message).includes('status400ForVariableCoercionErrors') ? 'debug' : 'warn'](message),
      error: (message) => log.error(message),
    },
    formatError: (formatted, thrown) => {
      if (typeof formatted.extensions?.code === 'string' && !APOLLO_CODES.has(formatted.extensions.code))
        return formatted;
      if (formatted.extensions?.code !== 'INTERNAL_SERVER_ERROR') {
        return { ...formatted, extensions: { ...formatted.extensions, code: 'BAD_REQUEST' } };
      }
      const { error } = toGraphQLError(unwrapResolverError(thrown), 'unknown');
      log.error({ err: thrown }, 'apollo server failed');
      return error.toJSON();
    },
  });
  await server.start();
  return server;
}

/** Codes that only Apollo Server knows; clients see ours. */
const APOLLO_CODES = new Set([
  'INTERNAL_SERVER_ERROR',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_USER_INPUT',
  'OPERATION_RESOLUTION_FAILURE',
  'PERSISTED_QUERY_NOT_FOUND',
  'PERSISTED_QUERY_NOT_SUPPORTED',
]);
