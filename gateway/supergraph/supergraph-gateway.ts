import './no-telemetry';
import { ApolloGateway } from '@apollo/gateway';
import { ROUTER_SUPPORTED_SUPERGRAPH_FEATURES, Supergraph, type Schema } from '@apollo/federation-internals';
import type { QueryPlanner } from '@apollo/query-planner';
import type { GraphQLSchema } from 'graphql';
import type { Logger } from '../../subgraphs/kernel/logger';
import { extractAccessRules } from '../authorization/rules';
import { createSchemaState, type SchemaState } from './schema-state';

/** Members of the base class that its types call private and that the design builds on; a test loads a schema and would see a change. */
interface Internals {
  schema: GraphQLSchema;
  apiSchema: Schema;
  supergraphSchema: GraphQLSchema;
  queryPlanner: QueryPlanner;
  compositionId: string;
  supergraphSdl: string;
  executor: unknown;
  createServices(services: readonly { name: string; url: string }[]): void;
  createSchemaFromSupergraphSdl(sdl: string): { supergraph: Supergraph; supergraphSdl: string };
}

/**
 * Loads, validates and plans with `@apollo/gateway`; execution is ours. Unlike its base it loads supergraphs that use the security
 * directives, since `authorization/` enforces them before planning.
 */
export class SupergraphGateway extends ApolloGateway {
  private current: SchemaState | undefined;
  private readonly listeners = new Set<(state: SchemaState) => void>();
  private subgraphs: readonly { name: string; url: string }[] = [];
  private update: ((sdl: string) => void) | undefined;
  private failure: Error | undefined;

  /** @param executor what Apollo Server calls for each operation. */
  constructor(sdl: string, log: Logger, executor: ApolloGateway['executor']) {
    super({
      supergraphSdl: async ({ update }) => {
        this.update = update;
        return { supergraphSdl: sdl };
      },
      buildService: () => ({ process: () => Promise.reject(new Error('subgraphs are reached through transports')) }),
      logger: quiet(log),
    });
    // Apollo Server takes the property once, from `load()`; an assignment after `super()` replaces the base's own.
    this.executor = executor;
    const internals = this as unknown as Internals;
    internals.createSchemaFromSupergraphSdl = (text) => {
      const supergraph = Supergraph.build(text, { supportedFeatures: ROUTER_SUPPORTED_SUPERGRAPH_FEATURES });
      this.subgraphs = supergraph.subgraphsMetadata();
      internals.createServices(this.subgraphs);
      return { supergraph, supergraphSdl: text };
    };
    this.onSchemaLoadOrUpdate(() => {
      // The base logs and forgets what its listeners throw.
      try {
        this.renew(internals);
      } catch (error) {
        this.failure = error instanceof Error ? error : new Error(String(error));
      }
    });
  }

  /** The schema in force. Throws before `load()`. */
  get schemaState(): SchemaState {
    if (!this.current) {
      this.rethrow();
      throw new Error('the supergraph is not loaded yet');
    }
    return this.current;
  }

  /** Calls back after each later change. */
  onChange(listener: (state: SchemaState) => void): void {
    this.listeners.add(listener);
  }

  /** Takes another supergraph into use; throws, and keeps the present one, when it is not valid. */
  reload(sdl: string): void {
    if (!this.update) throw new Error('the supergraph is not loaded yet');
    this.failure = undefined;
    this.update(sdl);
    this.rethrow();
  }

  private rethrow(): void {
    if (this.failure) throw this.failure;
  }

  private renew({ schema, apiSchema, supergraphSchema, queryPlanner, compositionId, supergraphSdl }: Internals): void {
    const next = createSchemaState({
      id: compositionId,
      schema,
      supergraphSchema,
      apiSchema,
      rules: extractAccessRules(supergraphSdl, schema),
      subgraphs: this.subgraphs,
      planner: queryPlanner,
    });
    this.current = next;
    this.listeners.forEach((listener) => listener(next));
  }
}

/** Apollo's logger interface over ours, with its information as debug lines. */
const quiet = (log: Logger) => ({
  debug: (message: string) => log.trace(message),
  info: (message: string) => log.debug(message),
  warn: (message: string) => log.warn(message),
  error: (message: string) => log.error(message),
});
