import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool } from 'pg';
import { openMemoryCache } from '../cache/cache.memory';
import { systemClock, type Clock } from '../clock';
import { createColumns } from '../columns/columns.clickhouse';
import { startColumnsServer } from '../columns/supervisor';
import type { Ctx, Identity } from '../context';
import { prepareSchema } from '../database/database';
import { createSubgraphExecutor, type SubgraphExecutor } from '../execute';
import { openDiskFiles } from '../files/files.disk';
import { createOutgoingHttp } from '../http/outgoing-http.undici';
import { freezeIdentity } from '../identity';
import { newId } from '../ids';
import { openPgBossJobs } from '../jobs/jobs.pg-boss';
import { Lifecycle } from '../lifecycle';
import { createPostgresLog, logMigrations } from '../log/log.postgres';
import { TOPICS } from '../log/log';
import { createLogger, type Logger } from '../logger';
import { BUILT_IN_ROLES, expandPermissions } from '../permissions';
import { createMemoryPubSub } from '../pubsub/pubsub.memory';
import { openOutboxMail } from '../mail/mail.outbox';
import { createPostgresQuota } from '../quota/quota.postgres';
import { createMemoryRateLimiter } from '../rate-limit/rate-limit.memory';
import type { Stores } from '../stores';
import { startSubgraph, type RunningSubgraph, type SubgraphDefinition, type SubgraphRuntime } from '../subgraph';
import { inProcessSupergraph, type BindableSupergraph } from '../supergraph/supergraph.in-process';
import { createTestDatabase, testSecrets, type TestDatabase } from './postgres';

export interface TestStoresOptions {
  /** Start the columns server too; it costs half a second and 250 MB. */
  columns?: boolean;
  clock?: Clock;
  /** Continue on this database; it is the caller's to drop. */
  database?: TestDatabase;
}

export interface TestStores {
  stores: Omit<Stores, 'database'>;
  supergraph: BindableSupergraph;
  adminUrl: string;
  clock: Clock;
  logger: Logger;
  lifecycle: Lifecycle;
  close(): Promise<void>;
}

/** The real embedded stores, in a database and a folder of their own. Set TEST_LOG=debug to see what they say. */
export async function startTestStores(options: TestStoresOptions = {}): Promise<TestStores> {
  const { clock = systemClock } = options;
  const folder = mkdtempSync(join(tmpdir(), 'datairis-stores-'));
  const logger = createLogger({ service: 'test', level: process.env.TEST_LOG ?? 'silent' });
  const lifecycle = new Lifecycle(logger);
  const database = options.database ?? (await createTestDatabase());
  const { adminUrl } = database;
  const own = <T extends { close(): Promise<void> }>(name: string, store: T): T => {
    lifecycle.own(name, () => store.close());
    return store;
  };

  const logUrls = await prepareSchema({ adminUrl, schema: 'log', secrets: testSecrets, migrations: logMigrations });
  const pool = new Pool({ connectionString: logUrls.app, max: 10 });
  pool.on('error', () => undefined);
  lifecycle.own('pool', () => pool.end());
  const log = own('log', createPostgresLog({ pool, schema: 'log', log: logger, clock, pollMs: 100 }));
  for (const { name, partitions } of Object.values(TOPICS)) {
    await log.ensureTopic(name, { partitions, retentionMs: null });
    await log.ensureTopic(`${name}.dead`, { partitions: 1, retentionMs: null });
  }
  const supergraph = inProcessSupergraph();
  const pubsub = own('pubsub', createMemoryPubSub({ log: logger }));
  // Without `columns` a verb that asks for them fails at once, which is what a test that did not start them wants.
  const columns = options.columns
    ? await testColumns(folder, logger, lifecycle)
    : (undefined as unknown as Stores['columns']);
  const stores: Omit<Stores, 'database'> = {
    log,
    columns,
    mail: own('mail', await openOutboxMail({ folder: join(folder, 'mail'), log: logger })),
    http: own('http', createOutgoingHttp({ allowPrivate: false })),
    pubsub,
    cache: own('cache', await openMemoryCache({ clock, log: logger })),
    jobs: own('jobs', await openPgBossJobs({ connectionString: adminUrl, log: logger, pollMs: 200 })),
    files: own('files', await openDiskFiles({ folder: join(folder, 'files'), clock, log: logger })),
    rateLimiter: own('rate limiter', createMemoryRateLimiter()),
    quota: createPostgresQuota({ pool, clock }),
    supergraph,
    secrets: testSecrets,
  };

  return {
    stores,
    supergraph,
    adminUrl,
    clock,
    logger,
    lifecycle,
    async close() {
      await lifecycle.stop();
      rmSync(folder, { recursive: true, force: true });
      if (!options.database) await database.drop();
    },
  };
}

async function testColumns(folder: string, log: Logger, lifecycle: Lifecycle): Promise<Stores['columns']> {
  const server = await startColumnsServer({ dataDir: join(folder, 'columns'), log });
  lifecycle.own('columns server', () => server.stop());
  const columns = createColumns({ url: server.url, username: server.username, password: server.password, log });
  lifecycle.own('columns', () => columns.close());
  return columns;
}

export interface TestActor {
  tenantId: string;
  userId: string;
  identity: Identity;
  ctx(signal?: AbortSignal): Ctx;
  /** Runs an operation as the gateway would send it. */
  query(source: string, variables?: Record<string, unknown>): Promise<TestAnswer>;
}

export interface TestAnswer {
  // `any`: a test reads what it has just asked for.
  data: any;
  /** `extensions.code` of each error. */
  codes: unknown[];
  errors: readonly { message: string; extensions: Record<string, unknown> }[];
}

export interface TestSubgraph {
  subgraph: RunningSubgraph;
  runtime: SubgraphRuntime;
  executor: SubgraphExecutor;
  /** A user of a role in a tenant; a new tenant unless one is given. */
  actor(role: string, tenantId?: string): TestActor;
}

/** Starts one subgraph on stores that are running. They own it. */
export async function startTestSubgraph(definition: SubgraphDefinition, on: TestStores): Promise<TestSubgraph> {
  const { stores, adminUrl, lifecycle, logger, clock } = on;
  const subgraph = await startSubgraph(definition, {
    stores,
    adminUrl,
    secrets: testSecrets,
    lifecycle,
    logger,
    clock,
  });
  const executor = createSubgraphExecutor(subgraph);
  const { runtime } = subgraph;

  const actor: TestSubgraph['actor'] = (role, tenantId = newId()) => {
    const identity = testIdentity(tenantId, expandPermissions(BUILT_IN_ROLES[role] ?? []));
    const { userId } = identity.actor as { userId: string };
    return {
      tenantId,
      userId,
      identity,
      ctx: (signal = new AbortController().signal) => runtime.requestCtx(identity, signal),
      async query(source, variables = {}) {
        const signal = new AbortController().signal;
        const result = await executor.execute({ query: source, variables, identity, signal });
        const errors = (result.errors ?? []).map(({ message, extensions }) => ({ message, extensions }));
        return { data: result.data ?? null, errors, codes: errors.map(({ extensions }) => extensions.code) };
      },
    };
  };
  return { subgraph, runtime, executor, actor };
}

/** A signed-in user with just these permissions. */
export const testIdentity = (tenantId: string, permissions: readonly string[]): Identity =>
  freezeIdentity({
    tenantId,
    actor: { kind: 'user', userId: newId(), sessionId: newId() },
    permissions,
    requestId: newId(),
    address: '127.0.0.1',
    locale: 'en',
    timeZone: 'UTC',
    expiresAt: null,
  });
