import { Client } from 'pg';
import { createSecrets, type Secrets } from '../secrets';

/** One secret for a test run: roles belong to the whole server, and their passwords are derived from it. */
export const testSecrets: Secrets = createSecrets(Buffer.alloc(32, 7));

export interface TestDatabase {
  /** Superuser's connection string to a database of this suite alone. */
  adminUrl: string;
  drop(): Promise<void>;
}

/** A fresh database in the run's PostgreSQL. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const server = process.env.TEST_ADMIN_URL;
  if (!server) throw new Error('TEST_ADMIN_URL is not set: run through jest, whose global set-up starts PostgreSQL');
  const name = `test_${Date.now().toString(36)}_${Math.random().toString(36).slice(2, 8)}`;
  await onServer(server, `create database ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { adminUrl: url.toString(), drop: () => onServer(server, `drop database if exists ${name} with (force)`) };
}

async function onServer(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
