import {
  execute,
  GraphQLError,
  parse,
  subscribe,
  validate,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLSchema,
} from 'graphql';
import type { Ctx } from './context';
import { DomainError, toGraphQLError, toPublicError } from './errors';
import type { RunningSubgraph } from './subgraph';
import type { RestRequest, RestResponse, SubgraphRequest } from './transport';

const DOCUMENTS_KEPT = 2_000;
/** Longer texts are read anew each time: with them the documents that are kept would have no bound in bytes. */
const LONGEST_KEPT = 50_000;

/** What a subgraph does with a request whose identity has been verified, whichever way it came. */
export interface SubgraphExecutor {
  execute(request: SubgraphRequest): Promise<ExecutionResult>;
  subscribe(request: SubgraphRequest): Promise<AsyncIterableIterator<ExecutionResult>>;
  rest(request: RestRequest): Promise<RestResponse>;
}

export function createSubgraphExecutor(subgraph: RunningSubgraph): SubgraphExecutor {
  const documents = new DocumentCache(subgraph.schema);
  const { schema, runtime } = subgraph;

  const prepare = (request: SubgraphRequest) => {
    const ctx = runtime.requestCtx(request.identity, request.signal);
    const document = documents.get(request.query);
    const args = {
      schema,
      contextValue: ctx,
      variableValues: request.variables,
      operationName: request.operationName ?? null,
    };
    return Array.isArray(document) ? { ctx, errors: document } : { ctx, args: { ...args, document } };
  };

  return {
    async execute(request) {
      const { ctx, args, errors } = prepare(request);
      if (errors) return { errors };
      return publish(await execute(args), ctx);
    },
    async subscribe(request) {
      const { ctx, args, errors } = prepare(request);
      if (errors) return single({ errors });
      const result = await subscribe(args);
      if (!(Symbol.asyncIterator in result)) return single(publish(result, ctx));
      return mapResults(result, (event) => publish(event, ctx));
    },
    async rest(request) {
      const route = subgraph.definition.routes?.find(
        ({ method, path }) => method === request.method && path === request.path,
      );
      const ctx = runtime.requestCtx(request.identity, request.signal);
      try {
        if (!route) throw new DomainError('NOT_FOUND', `There is no ${request.method} ${request.path} here.`);
        return await route.handle(ctx, request);
      } catch (error) {
        return failure(error, ctx);
      }
    },
  };
}

/** The one envelope of REST answers. */
export function restSuccess(ctx: Pick<Ctx, 'clock' | 'requestId'>, data: unknown, status = 200): RestResponse {
  return json(status, { success: true, data, timestamp: ctx.clock.now().toISOString(), request_id: ctx.requestId });
}

function failure(error: unknown, ctx: Ctx): RestResponse {
  const { masked, code, message, details } = toPublicError(error, ctx.requestId);
  if (masked) ctx.log.error({ err: error }, 'request failed');
  const status = error instanceof DomainError ? error.status : code === 'CANCELLED' ? 499 : 500;
  const response = json(status, {
    success: false,
    error: { code, message, details: (details.issues as unknown[] | undefined) ?? [] },
    timestamp: ctx.clock.now().toISOString(),
    request_id: ctx.requestId,
  });
  if (details.retryAfterSeconds) response.headers['retry-after'] = String(details.retryAfterSeconds);
  return response;
}

const json = (status: number, body: unknown): RestResponse => ({
  status,
  headers: { 'content-type': 'application/json; charset=utf-8' },
  body: JSON.stringify(body),
});

/** Errors become public here, once; what is masked is logged whole. */
function publish(result: ExecutionResult, ctx: Ctx): ExecutionResult {
  if (!result.errors) return result;
  const errors = result.errors.map((thrown) => {
    const { error, masked } = toGraphQLError(thrown, ctx.requestId);
    if (masked) ctx.log.error({ err: thrown.originalError ?? thrown, path: thrown.path }, 'resolver failed');
    return error;
  });
  return { ...result, errors };
}

/** Parsed and validated documents by text; the gateway sends the same few again and again. */
class DocumentCache {
  private readonly entries = new Map<string, DocumentNode | GraphQLError[]>();

  constructor(private readonly schema: GraphQLSchema) {}

  get(query: string): DocumentNode | GraphQLError[] {
    const known = this.entries.get(query);
    if (known) return known;
    const document = this.load(query);
    if (query.length > LONGEST_KEPT) return document;
    if (this.entries.size >= DOCUMENTS_KEPT) this.entries.delete(this.entries.keys().next().value!);
    this.entries.set(query, document);
    return document;
  }

  private load(query: string): DocumentNode | GraphQLError[] {
    try {
      const document = parse(query);
      const errors = validate(this.schema, document);
      return errors.length > 0 ? [...errors] : document;
    } catch (error) {
      return [error instanceof GraphQLError ? error : new GraphQLError('The document cannot be read.')];
    }
  }
}

async function* single(result: ExecutionResult): AsyncGenerator<ExecutionResult> {
  yield result;
}

/** Hand-written: `return` must reach a source that is silent just now, which a generator around `for await` cannot do. */
function mapResults(
  source: AsyncGenerator<ExecutionResult>,
  map: (result: ExecutionResult) => ExecutionResult,
): AsyncIterableIterator<ExecutionResult> {
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      const event: IteratorResult<ExecutionResult, void> = await source.next();
      return event.done ? { value: undefined, done: true } : { value: map(event.value), done: false };
    },
    async return() {
      await source.return(undefined);
      return { value: undefined, done: true };
    },
  };
}
