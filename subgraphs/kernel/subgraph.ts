import type { GraphQLSchema } from 'graphql';
import type { EntityTarget, ObjectLiteral } from 'typeorm';
import { openDatabase, type Database } from './database/database';
import type { MigrationClass } from './database/migrations';
import type { Ctx, Identity } from './context';
import type { Clock } from './clock';
import { createSubgraphSchema, type SubgraphSchemaOptions } from './graphql/subgraph-schema';
import type { HealthCheck } from './health';
import { serviceIdentity } from './identity';
import { newId } from './ids';
import type { Lifecycle } from './lifecycle';
import { LoaderRegistry } from './loaders';
import { requestLogger, type Logger } from './logger';
import { outboxMigration } from './outbox/outbox';
import { startRelay } from './outbox/relay';
import type { Secrets } from './secrets';
import type { Stores } from './stores';
import type { RestRequest, RestResponse, RestRoute } from './transport';

/** What a subgraph is, declared in its `index.ts`; nothing runs until `startSubgraph`. */
export interface SubgraphDefinition {
  /** As in the supergraph: `data-sources`. */
  name: string;
  entities: readonly EntityTarget<ObjectLiteral>[];
  migrations: readonly MigrationClass[];
  graphql: SubgraphSchemaOptions;
  routes?: readonly SubgraphRoute[];
  /** Starts consumers and workers; whatever it starts it hands to `runtime.lifecycle`. */
  start?(runtime: SubgraphRuntime): Promise<void>;
}

export interface SubgraphRoute extends RestRoute {
  handle(ctx: Ctx, request: RestRequest): Promise<RestResponse>;
}

export interface SubgraphRuntime {
  readonly name: string;
  readonly stores: Stores;
  readonly lifecycle: Lifecycle;
  readonly logger: Logger;
  readonly clock: Clock;
  /** The context of one request. */
  requestCtx(identity: Identity, signal: AbortSignal): Ctx;
  /** A context for work that nobody asked for just now (consumers, jobs): this subgraph acting for the tenant itself. */
  serviceCtx(tenantId: string, signal?: AbortSignal): Ctx;
}

/** A subgraph at work: its schema with everything it needs to answer. */
export interface RunningSubgraph {
  readonly definition: SubgraphDefinition;
  readonly runtime: SubgraphRuntime;
  readonly schema: GraphQLSchema;
  readonly sdl: string;
  readonly checks: readonly HealthCheck[];
}

export interface SubgraphDeps {
  /** All stores but the database, which is opened here for the subgraph's own schema. */
  stores: Omit<Stores, 'database'>;
  adminUrl: string;
  secrets: Secrets;
  lifecycle: Lifecycle;
  logger: Logger;
  clock: Clock;
}

/** The PostgreSQL schema of a subgraph. */
export const schemaName = (subgraph: string): string => subgraph.replaceAll('-', '_');

/** The subgraph's database and context, without serving or following anything: for an operator's tool beside the product. */
export async function createSubgraphRuntime(
  definition: SubgraphDefinition,
  deps: SubgraphDeps,
): Promise<SubgraphRuntime> {
  const { lifecycle, clock } = deps;
  const database = await openDatabase({
    adminUrl: deps.adminUrl,
    schema: schemaName(definition.name),
    secrets: deps.secrets,
    entities: definition.entities,
    migrations: [outboxMigration, ...definition.migrations],
  });
  lifecycle.own(`${definition.name} database`, () => database.close());
  const logger = deps.logger.child({ subgraph: definition.name });
  return createRuntime(definition.name, { ...deps.stores, database }, { lifecycle, clock, logger });
}

/** Opens the subgraph's database, builds its schema, starts its relay and its consumers. */
export async function startSubgraph(definition: SubgraphDefinition, deps: SubgraphDeps): Promise<RunningSubgraph> {
  const { lifecycle } = deps;
  const runtime = await createSubgraphRuntime(definition, deps);
  const { database, log } = runtime.stores;
  const { schema, sdl } = await createSubgraphSchema(definition.graphql);

  const relay = await startRelay({ database, log, logger: runtime.logger });
  lifecycle.own(`${definition.name} outbox relay`, () => relay.stop());
  await definition.start?.(runtime);
  return { definition, runtime, schema, sdl, checks: checksOf(definition.name, database) };
}

function createRuntime(
  name: string,
  stores: Stores,
  deps: { lifecycle: Lifecycle; clock: Clock; logger: Logger },
): SubgraphRuntime {
  const requestCtx = (identity: Identity, signal: AbortSignal): Ctx => ({
    identity,
    tenantId: identity.tenantId,
    actor: identity.actor,
    permissions: new Set(identity.permissions),
    requestId: identity.requestId,
    clock: deps.clock,
    log: requestLogger(deps.logger, identity.requestId, identity.tenantId),
    signal,
    stores,
    loaders: new LoaderRegistry(),
  });
  return {
    name,
    stores,
    ...deps,
    requestCtx,
    serviceCtx: (tenantId, signal = new AbortController().signal) =>
      requestCtx(serviceIdentity(name, tenantId, newId()), signal),
  };
}

const checksOf = (name: string, database: Database): HealthCheck[] => [
  { name: `${name} database`, check: () => database.ping() },
];
