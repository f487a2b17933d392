import { composeServices } from '@apollo/composition';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { execute, parse, subscribe, validate, GraphQLError, type ExecutionResult, type GraphQLSchema } from 'graphql';
import type { Identity } from '../../../subgraphs/kernel/context';
import type {
  RestRequest,
  RestResponse,
  SubgraphRequest,
  SubgraphTransport,
} from '../../../subgraphs/kernel/transport';

export interface TestSubgraph {
  name: string;
  /** SDL without the federation link, which is put in front. */
  sdl: string;
  resolvers: Record<string, Record<string, unknown>>;
}

export interface TestContext {
  identity: Identity;
  signal: AbortSignal;
}

const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [
  "@key", "@requires", "@provides", "@external", "@shareable", "@inaccessible", "@override", "@tag", "@interfaceObject",
  "@authenticated", "@requiresScopes", "@policy", "@context", "@fromContext"])\n`;

export interface Federation {
  supergraphSdl: string;
  schemas: Map<string, GraphQLSchema>;
}

/** Composes real subgraphs; throws with all composition errors. */
export function compose(subgraphs: readonly TestSubgraph[]): Federation {
  const documents = subgraphs.map(({ name, sdl }) => ({
    name,
    url: `http://${name}.invalid`,
    typeDefs: parse(LINK + sdl),
  }));
  const result = composeServices(documents);
  if (!result.supergraphSdl) throw new Error(result.errors?.map((error) => error.message).join('\n'));
  const schemas = new Map(
    subgraphs.map(({ name, resolvers }, index) => [
      name,
      buildSubgraphSchema([{ typeDefs: documents[index]!.typeDefs, resolvers: resolvers as never }]),
    ]),
  );
  return { supergraphSdl: result.supergraphSdl, schemas };
}

/** Runs a subgraph's schema in this process, as the embedded profile does; records what it was asked. */
export class InProcessTransport implements SubgraphTransport {
  readonly requests: SubgraphRequest[] = [];
  readonly rests: RestRequest[] = [];
  closed = false;
  openSubscriptions = 0;
  /** Set to make calls fail or answer something else. */
  intercept: ((request: SubgraphRequest) => Promise<ExecutionResult | undefined>) | undefined;
  answerRest: ((request: RestRequest) => Promise<RestResponse>) | undefined;

  constructor(private readonly schema: GraphQLSchema) {}

  async execute(request: SubgraphRequest): Promise<ExecutionResult> {
    this.requests.push(request);
    const instead = await this.intercept?.(request);
    if (instead) return instead;
    const document = parse(request.query);
    const errors = validate(this.schema, document);
    if (errors.length > 0) return { errors };
    const result = await execute({ schema: this.schema, document, ...this.args(request) });
    return JSON.parse(JSON.stringify(result)) as ExecutionResult;
  }

  async subscribe(request: SubgraphRequest): Promise<AsyncIterableIterator<ExecutionResult>> {
    this.requests.push(request);
    const result = await subscribe({ schema: this.schema, document: parse(request.query), ...this.args(request) });
    if (!(Symbol.asyncIterator in result)) throw new GraphQLError(result.errors?.[0]?.message ?? 'no stream');
    this.openSubscriptions++;
    const iterator = result as AsyncGenerator<ExecutionResult>;
    let open = true;
    const close = () => {
      if (open) this.openSubscriptions--;
      open = false;
    };
    const wrapped: AsyncIterableIterator<ExecutionResult> = {
      next: async () => {
        const next = await iterator.next();
        if (next.done) close();
        return next;
      },
      return: async () => {
        close();
        return iterator.return(undefined);
      },
      [Symbol.asyncIterator]: () => wrapped,
    };
    return wrapped;
  }

  async rest(request: RestRequest): Promise<RestResponse> {
    this.rests.push(request);
    if (!this.answerRest) throw new Error('this subgraph has no REST routes');
    return this.answerRest(request);
  }

  async ready(): Promise<void> {
    if (this.intercept) throw new Error('not ready');
  }

  async close(): Promise<void> {
    this.closed = true;
  }

  private args({ variables, operationName, identity, signal }: SubgraphRequest) {
    const contextValue: TestContext = { identity, signal };
    return { variableValues: variables, operationName, contextValue };
  }
}

export function inProcessTransports(federation: Federation): Map<string, InProcessTransport> {
  return new Map([...federation.schemas].map(([name, schema]) => [name, new InProcessTransport(schema)]));
}
