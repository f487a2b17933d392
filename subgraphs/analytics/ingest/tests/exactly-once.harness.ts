import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Pool } from 'pg';
import { z } from 'zod';
import { createColumns } from '../../../kernel/columns/columns.clickhouse';
import type { Columns, NamedQuery } from '../../../kernel/columns/columns';
import { startColumnsServer } from '../../../kernel/columns/supervisor';
import { openDatabase, prepareSchema, type Database } from '../../../kernel/database/database';
import { newId } from '../../../kernel/ids';
import { createPostgresLog, logMigrations, type PostgresLog } from '../../../kernel/log/log.postgres';
import { TOPICS } from '../../../kernel/log/log';
import { createLogger } from '../../../kernel/logger';
import { createTestDatabase, testSecrets } from '../../../kernel/testing/postgres';
import { EVENTS_DATABASE, eventsMigrations } from '../columns-migrations';
import { createIngest } from '../ingest.migration';
import type { RawEvent } from '../raw-event';
import { DEAD_TOPIC } from '../write-range';

/** A killed member is noticed soon. */
export const QUICK = { heartbeatMs: 150, sessionMs: 1_200, drainMs: 2_000, pollMs: 200 };
export const PARTITIONS = 4;
export const WHEN = Date.UTC(2026, 0, 31, 23, 0);

export interface Child {
  process: ChildProcess;
  lines: string[];
  kill(): Promise<void>;
}

export interface Harness {
  log: PostgresLog;
  columns: Columns;
  database: Database;
  columnsServer: { readonly pid: number | undefined };
  /** A consumer in a process of its own. */
  child(env?: Record<string, string>): Child;
  close(): Promise<void>;
}

/** The real stores, shared with consumers in processes of their own. */
export async function startHarness(): Promise<Harness> {
  const logger = createLogger({ service: 'test', level: process.env.TEST_LOG ?? 'silent' });
  const folder = mkdtempSync(join(tmpdir(), 'ingest-'));
  const server = await createTestDatabase();
  const { adminUrl } = server;
  const logUrls = await prepareSchema({ adminUrl, schema: 'log', secrets: testSecrets, migrations: logMigrations });
  const pool = new Pool({ connectionString: logUrls.app, max: 8 });
  const log = createPostgresLog({ pool, schema: 'log', log: logger, ...QUICK });
  await log.ensureTopic(TOPICS.rawEvents.name, { partitions: PARTITIONS, retentionMs: null });
  await log.ensureTopic(TOPICS.processedEvents.name, { partitions: 2, retentionMs: null });
  await log.ensureTopic(DEAD_TOPIC, { partitions: 1, retentionMs: null });
  const database = await openDatabase({
    adminUrl,
    schema: 'analytics',
    secrets: testSecrets,
    migrations: [createIngest],
  });
  const columnsServer = await startColumnsServer({ dataDir: join(folder, 'columns'), log: logger });
  const { url, username, password } = columnsServer;
  const columns = createColumns({ url, username, password, log: logger });
  await columns.migrate(EVENTS_DATABASE, eventsMigrations);
  const children: Child[] = [];

  return {
    log,
    columns,
    database,
    columnsServer,
    child(env = {}) {
      const shared = {
        CHILD_ADMIN_URL: adminUrl,
        CHILD_LOG_URL: logUrls.app,
        CHILD_COLUMNS: JSON.stringify({ url, username, password }),
      };
      const child = spawn(process.execPath, ['-r', '@swc-node/register', join(__dirname, 'consumer-child.ts')], {
        cwd: join(__dirname, '../../../..'),
        env: { ...process.env, ...shared, ...env },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const lines: string[] = [];
      createInterface(child.stdout).on('line', (line) => lines.push(line));
      const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      const one: Child = {
        process: child,
        lines,
        async kill() {
          child.kill('SIGKILL');
          await exited;
        },
      };
      children.push(one);
      return one;
    },
    async close() {
      await Promise.all(children.map((child) => child.kill()));
      await log.close();
      await columns.close();
      await columnsServer.stop();
      await Promise.all([pool.end(), database.close()]);
      rmSync(folder, { recursive: true, force: true });
      await server.drop();
    },
  };
}

/** Sends events as the verb does, in calls, some ids again and again, and remembers what must be found in the end. */
export class Sender {
  readonly datasets = Array.from({ length: 3 }, () => ({ tenantId: newId(), datasetId: newId() }));
  readonly expected = new Map<string, number>();
  sent = 0;

  constructor(private readonly log: PostgresLog) {}

  async send(count: number): Promise<void> {
    const records = Array.from({ length: count }, () => {
      const n = this.sent++;
      // One in eight comes again, from this call or long ago.
      const again = n > 20 && n % 8 === 0;
      const number = again ? Math.floor(Math.random() * n) : n;
      const { tenantId, datasetId } = this.datasets[number % 3]!;
      const id = `event-${number}`;
      this.expected.set(`${tenantId}/${id}`, number);
      const value: RawEvent = {
        v: 1,
        datasetId,
        id,
        given: true,
        name: number % 2 ? 'odd' : 'even',
        time: WHEN + number * 1_000, // over the end of a month: a range is several inserts
        receivedAt: Date.now(),
        strings: { text: `text ${number}` },
        numbers: { amount: number },
      };
      return { tenantId, key: id, value };
    });
    await this.log.append(TOPICS.rawEvents.name, records);
  }

  get count(): number {
    return this.expected.size;
  }

  get sum(): number {
    return [...this.expected.values()].reduce((a, b) => a + b, 0);
  }
}

const integer = z.union([z.string(), z.number()]).transform(Number);

const totalsQuery: NamedQuery<Record<string, never>, { rows: number; places: number; ids: number; total: number }> = {
  name: 'test.totals',
  sql: `SELECT count() AS rows, uniqExact((log_partition, log_offset)) AS places, uniqExact((tenant_id, event_id)) AS ids,
    sum(numbers['amount']) AS total FROM events.events`,
  row: z.object({ rows: integer, places: integer, ids: integer, total: z.number() }),
};

const windowsQuery: NamedQuery<Record<string, never>, { counted: number; summed: number; valued: number }> = {
  name: 'test.windows',
  sql: `SELECT countMergeIf(events, field = '') AS counted, sumMergeIf(total, field = 'amount') AS summed,
    countMergeIf(events, field = 'amount') AS valued FROM events.windows`,
  row: z.object({ counted: integer, summed: z.number(), valued: integer }),
};

export async function totals(columns: Columns) {
  const [events, windows] = await Promise.all([columns.query(totalsQuery, {}), columns.query(windowsQuery, {})]);
  return { ...events.rows[0]!, windows: windows.rows[0]! };
}
