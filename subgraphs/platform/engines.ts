import { join } from 'node:path';
import type { ProductEnv } from './env';
import { startEmbeddedPostgres } from '../kernel/database/embedded-postgres';
import { startColumnsServer } from '../kernel/columns/supervisor';
import type { Lifecycle } from '../kernel/lifecycle';
import type { Logger } from '../kernel/logger';
import type { Secrets } from '../kernel/secrets';

export interface Engines {
  /** PostgreSQL, as a role that may create roles. */
  databaseUrl: string;
  /** ClickHouse's HTTP interface, with name and password. */
  clickhouseUrl: string;
}

/** The engines the environment names, and for each it does not name the embedded one, started here and owned by the lifecycle. */
export async function startEngines(
  env: Pick<ProductEnv, 'data' | 'stores'>,
  deps: { secrets: Secrets; lifecycle: Lifecycle; log: Logger },
): Promise<Engines> {
  const [database, columns] = await Promise.allSettled([
    env.stores.DATABASE_URL ?? embeddedPostgres(env.data.DATAIRIS_DATA, deps),
    env.stores.CLICKHOUSE_URL ?? embeddedColumns(env.data.DATAIRIS_DATA, deps),
  ]);
  // Both have ended one way or the other: what runs is owned by now and will be stopped.
  if (database.status === 'rejected') throw database.reason;
  if (columns.status === 'rejected') throw columns.reason;
  return { databaseUrl: database.value, clickhouseUrl: columns.value };
}

type Deps = { secrets: Secrets; lifecycle: Lifecycle; log: Logger };

async function embeddedPostgres(dataDir: string, { secrets, lifecycle, log }: Deps): Promise<string> {
  const password = secrets.sign('embedded-postgres', 'superuser');
  const server = await startEmbeddedPostgres({ dataDir: join(dataDir, 'postgres'), password, log });
  lifecycle.own('embedded PostgreSQL', () => server.stop());
  return server.adminUrl;
}

async function embeddedColumns(dataDir: string, { lifecycle, log }: Deps): Promise<string> {
  const server = await startColumnsServer({ dataDir: join(dataDir, 'columns'), log });
  lifecycle.own('columns server', () => server.stop());
  const url = new URL(server.url);
  url.username = server.username;
  url.password = server.password;
  return url.toString();
}
