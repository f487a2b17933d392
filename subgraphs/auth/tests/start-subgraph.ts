import { Pool } from 'pg';
import type { Clock } from '../../kernel/clock';
import { prepareSchema } from '../../kernel/database/database';
import { createSubgraphExecutor } from '../../kernel/execute';
import { Lifecycle } from '../../kernel/lifecycle';
import { TOPICS } from '../../kernel/log/log';
import { createPostgresLog, logMigrations } from '../../kernel/log/log.postgres';
import { createLogger } from '../../kernel/logger';
import { createMemoryPubSub } from '../../kernel/pubsub/pubsub.memory';
import type { Stores } from '../../kernel/stores';
import { startSubgraph, type SubgraphDefinition } from '../../kernel/subgraph';
import { inProcessSupergraph } from '../../kernel/supergraph/supergraph.in-process';
import { testSecrets, type TestDatabase } from '../../kernel/testing/postgres';

/** The subgraph on its real stores: PostgreSQL, the log on it, signals in memory. No gateway is bound yet. */
export async function startOn(database: TestDatabase, definition: SubgraphDefinition, clock: Clock) {
  const logger = createLogger({ service: 'test', level: process.env.TEST_LOG ?? 'silent' });
  const lifecycle = new Lifecycle(logger);
  const { adminUrl } = database;
  const urls = await prepareSchema({ adminUrl, schema: 'log', secrets: testSecrets, migrations: logMigrations });
  const pool = new Pool({ connectionString: urls.app, max: 5 });
  pool.on('error', () => undefined); // a connection that breaks while idle is replaced
  lifecycle.own('log pool', () => pool.end());
  const log = createPostgresLog({ pool, schema: 'log', log: logger, pollMs: 100 });
  lifecycle.own('log', () => log.close());
  for (const { name, partitions } of Object.values(TOPICS)) {
    await log.ensureTopic(name, { partitions, retentionMs: null });
    await log.ensureTopic(`${name}.dead`, { partitions: 1, retentionMs: null });
  }
  const pubsub = createMemoryPubSub({ log: logger });
  lifecycle.own('pubsub', () => pubsub.close());
  const supergraph = inProcessSupergraph();

  // The stores this subgraph uses; touching another one fails the test.
  const stores = { log, pubsub, supergraph, secrets: testSecrets } as unknown as Omit<Stores, 'database'>;
  const subgraph = await startSubgraph(definition, {
    stores,
    adminUrl,
    secrets: testSecrets,
    lifecycle,
    logger,
    clock,
  });
  return {
    runtime: subgraph.runtime,
    sdl: subgraph.sdl,
    executor: createSubgraphExecutor(subgraph),
    log,
    supergraph,
    stop: () => lifecycle.stop(),
  };
}

/** Waits until `probe` answers something, at most ten seconds; events take their own time. */
export async function eventually<T>(probe: () => Promise<T | null | undefined | false>): Promise<T> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const found = await probe();
    if (found) return found;
    if (Date.now() > deadline) throw new Error('it has not come to pass within 10 s');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
