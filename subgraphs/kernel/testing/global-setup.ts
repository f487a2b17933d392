import { mkdtempSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../database/embedded-postgres';
import { createLogger } from '../logger';

declare global {
  var __postgres: { server: EmbeddedPostgres; folder: string } | undefined;
}

/** One real PostgreSQL for the whole test run; each suite makes databases of its own in it. */
export default async function globalSetup(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'datairis-test-'));
  chmodSync(folder, 0o755); // the database's user must be able to enter it
  const log = createLogger({ service: 'test', level: 'warn' });
  const server = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres'), password: 'test', log });
  globalThis.__postgres = { server, folder };
  process.env.TEST_ADMIN_URL = server.adminUrl;
}
