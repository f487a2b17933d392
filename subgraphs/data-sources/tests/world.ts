import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { systemClock } from '../../kernel/clock';
import { createColumns } from '../../kernel/columns/columns.clickhouse';
import { startColumnsServer } from '../../kernel/columns/supervisor';
import type { Ctx, Identity } from '../../kernel/context';
import { createSubgraphExecutor, type SubgraphExecutor } from '../../kernel/execute';
import { openDiskFiles } from '../../kernel/files/files.disk';
import { freezeIdentity } from '../../kernel/identity';
import { newId } from '../../kernel/ids';
import { openPgBossJobs } from '../../kernel/jobs/jobs.pg-boss';
import { Lifecycle } from '../../kernel/lifecycle';
import { createLogger } from '../../kernel/logger';
import { BUILT_IN_ROLES, expandPermissions } from '../../kernel/permissions';
import { createMemoryPubSub } from '../../kernel/pubsub/pubsub.memory';
import type { Stores } from '../../kernel/stores';
import { startSubgraph, type SubgraphRuntime } from '../../kernel/subgraph';
import { createTestDatabase, testSecrets } from '../../kernel/testing/postgres';
import { dataSourcesSubgraph } from '../index';

/** The whole subgraph on its real stores, in folders and a database of its own. */
export interface World {
  runtime: SubgraphRuntime;
  executor: SubgraphExecutor;
  adminUrl: string;
  /** A new tenant with an actor of this role. */
  actor(role: string, tenantId?: string): TestActor;
  close(): Promise<void>;
}

export interface TestActor {
  tenantId: string;
  userId: string;
  identity: Identity;
  ctx(): Ctx;
  /** Runs an operation and answers data and errors as the gateway gets them. */
  run(
    query: string,
    variables?: Record<string, unknown>,
  ): Promise<{ data: any; errors: { code: unknown; message: string }[] }>; // eslint-disable-line @typescript-eslint/no-explicit-any -- a test reads what it asked for
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

export async function startWorld(): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'datairis-sources-'));
  const logger = createLogger({ service: 'test', level: process.env.TEST_LOG ?? 'silent' });
  const lifecycle = new Lifecycle(logger);
  const database = await createTestDatabase();
  const server = await startColumnsServer({ dataDir: join(folder, 'columns'), log: logger });
  lifecycle.own('columns server', () => server.stop());
  const columns = createColumns({ url: server.url, username: server.username, password: server.password, log: logger });
  lifecycle.own('columns', () => columns.close());
  const files = await openDiskFiles({ folder: join(folder, 'files'), clock: systemClock, log: logger });
  lifecycle.own('files', () => files.close());
  const pubsub = createMemoryPubSub({ log: logger });
  lifecycle.own('pubsub', () => pubsub.close());
  const jobs = await openPgBossJobs({ connectionString: database.adminUrl, log: logger, pollMs: 200 });
  lifecycle.own('jobs', () => jobs.close());
  const log = {
    append: async (_topic: string, records: readonly unknown[]) => records.map(() => ({ partition: 0, offset: 0n })),
  };
  const stores = { columns, files, pubsub, jobs, log, secrets: testSecrets } as unknown as Omit<Stores, 'database'>;
  const subgraph = await startSubgraph(dataSourcesSubgraph, {
    stores,
    adminUrl: database.adminUrl,
    secrets: testSecrets,
    lifecycle,
    logger,
    clock: systemClock,
  });
  const { runtime } = subgraph;
  const executor = createSubgraphExecutor(subgraph);
  return {
    runtime,
    executor,
    adminUrl: database.adminUrl,
    actor: (role, tenantId = newId()) => createActor(runtime, executor, role, tenantId),
    async close() {
      await lifecycle.stop();
      await database.drop();
      rmSync(folder, { recursive: true, force: true });
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
    ctx: () => runtime.requestCtx(identity, signal()),
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
