import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { Pool } from 'pg';
import { systemClock } from '../../kernel/clock';
import { createColumns } from '../../kernel/columns/columns.clickhouse';
import { startColumnsServer } from '../../kernel/columns/supervisor';
import type { Ctx, Identity } from '../../kernel/context';
import { createSubgraphExecutor, type SubgraphExecutor } from '../../kernel/execute';
import { prepareSchema } from '../../kernel/database/database';
import { openDiskFiles } from '../../kernel/files/files.disk';
import { freezeIdentity } from '../../kernel/identity';
import { newId } from '../../kernel/ids';
import { openPgBossJobs } from '../../kernel/jobs/jobs.pg-boss';
import { Lifecycle } from '../../kernel/lifecycle';
import { TOPICS, type EventLog } from '../../kernel/log/log';
import { createPostgresLog, logMigrations } from '../../kernel/log/log.postgres';
import { createLogger, type Logger } from '../../kernel/logger';
import { BUILT_IN_ROLES, expandPermissions } from '../../kernel/permissions';
import { createMemoryPubSub } from '../../kernel/pubsub/pubsub.memory';
import type { Stores } from '../../kernel/stores';
import { startSubgraph, type RunningSubgraph, type SubgraphRuntime } from '../../kernel/subgraph';
import { createTestDatabase, testSecrets } from '../../kernel/testing/postgres';
import { dataSourcesSubgraph } from '../index';

/** The whole subgraph on its real stores, in folders and a database of its own. */
export interface World {
  subgraph: RunningSubgraph;
  runtime: SubgraphRuntime;
  executor: SubgraphExecutor;
  /** Process of the columns engine. */
  enginePid(): number | undefined;
  /** A new tenant with an actor of this role. */
  actor(role: string, tenantId?: string): TestActor;
  close(): Promise<void>;
}

export interface TestActor {
  tenantId: string;
  userId: string;
  identity: Identity;
  ctx(signal?: AbortSignal): Ctx;
  /** Runs an operation and answers data and errors as the gateway gets them. */
  run(
    query: string,
    variables?: Record<string, unknown>,
  ): Promise<{ data: any; errors: { code: unknown; message: string }[] }>;
  upload(
    name: string,
    content: string | Buffer | Readable,
    headers?: Record<string, string>,
  ): Promise<{ status: number; body: UploadAnswer }>;
}

export interface UploadAnswer {
  success: boolean;
  data: { fileId: string; size: number; name: string };
  error: { code: string; message: string };
}

/** Where a process of the test finds the stores; what a killed one used, another goes on with. */
export interface StoreAddresses {
  adminUrl: string;
  columns: { url: string; username: string; password: string };
  filesFolder: string;
}

/** The engines and folders, without anything of ours at work on them. */
export async function startEngines() {
  const folder = mkdtempSync(join(tmpdir(), 'datairis-sources-'));
  const log = testLogger();
  const database = await createTestDatabase();
  const server = await startColumnsServer({ dataDir: join(folder, 'columns'), log });
  const { url, username, password } = server;
  const addresses: StoreAddresses = {
    adminUrl: database.adminUrl,
    columns: { url, username, password },
    filesFolder: join(folder, 'files'),
  };
  return {
    addresses,
    server,
    async close() {
      await server.stop();
      await database.drop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const testLogger = () => createLogger({ service: 'test', level: process.env.TEST_LOG ?? 'silent' });

/** One process of the subgraph on these stores. */
export async function startSources({ adminUrl, columns: address, filesFolder }: StoreAddresses) {
  const logger = testLogger();
  const lifecycle = new Lifecycle(logger);
  const columns = createColumns({ ...address, log: logger });
  lifecycle.own('columns', () => columns.close());
  const files = await openDiskFiles({ folder: filesFolder, clock: systemClock, log: logger });
  lifecycle.own('files', () => files.close());
  const pubsub = createMemoryPubSub({ log: logger });
  lifecycle.own('pubsub', () => pubsub.close());
  const jobs = await openPgBossJobs({ connectionString: adminUrl, log: logger, pollMs: 200, superviseSeconds: 2 });
  lifecycle.own('jobs', () => jobs.close());
  const log = await openLog(adminUrl, lifecycle, logger);
  const stores = { columns, files, pubsub, jobs, log, secrets: testSecrets } as unknown as Omit<Stores, 'database'>;
  const subgraph = await startSubgraph(dataSourcesSubgraph, {
    stores,
    adminUrl,
    secrets: testSecrets,
    lifecycle,
    logger,
    clock: systemClock,
  });
  const { runtime } = subgraph;
  const executor = createSubgraphExecutor(subgraph);
  const actor = (role: string, tenantId = newId()): TestActor => createActor(runtime, executor, role, tenantId);
  return { subgraph, runtime, executor, actor, close: () => lifecycle.stop() };
}

async function openLog(adminUrl: string, lifecycle: Lifecycle, logger: Logger): Promise<EventLog> {
  const urls = await prepareSchema({ adminUrl, schema: 'log', secrets: testSecrets, migrations: logMigrations });
  const pool = new Pool({ connectionString: urls.app, max: 4 });
  pool.on('error', () => undefined);
  lifecycle.own('pool', () => pool.end());
  const log = createPostgresLog({ pool, schema: 'log', log: logger, clock: systemClock, pollMs: 100 });
  lifecycle.own('log', () => log.close());
  for (const { name, partitions } of Object.values(TOPICS))
    await log.ensureTopic(name, { partitions, retentionMs: null });
  return log;
}

export async function startWorld(): Promise<World> {
  const engines = await startEngines();
  const sources = await startSources(engines.addresses);
  return {
    ...sources,
    enginePid: () => engines.server.pid,
    async close() {
      await sources.close();
      await engines.close();
    },
  };
}

function createActor(runtime: SubgraphRuntime, executor: SubgraphExecutor, role: string, tenantId: string): TestActor {
  const userId = newId();
  const identity = freezeIdentity({
    tenantId,
    actor: { kind: 'user', userId, sessionId: newId() },
    permissions: expandPermissions(BUILT_IN_ROLES[role] ?? []),
    requestId: newId(),
    address: '127.0.0.1',
    locale: 'en',
    timeZone: 'UTC',
    expiresAt: null,
  });
  const signal = (): AbortSignal => new AbortController().signal;
  return {
    tenantId,
    userId,
    identity,
    ctx: (given = signal()) => runtime.requestCtx(identity, given),
    async run(query, variables = {}) {
      const { data, errors = [] } = await executor.execute({ query, variables, identity, signal: signal() });
      return { data, errors: errors.map(({ message, extensions }) => ({ code: extensions.code, message })) };
    },
    async upload(name, content, headers = {}) {
      const body = content instanceof Readable ? content : Readable.from([Buffer.from(content)]);
      const request = { method: 'POST', path: '/upload', query: { name }, headers, body, identity, signal: signal() };
      const { status, body: text } = await executor.rest(request);
      return { status, body: JSON.parse(text as string) as UploadAnswer };
    },
  };
}
