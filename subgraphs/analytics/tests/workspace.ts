import { setTimeout as sleep } from 'node:timers/promises';
import { DATASET_DELETED, DATASET_PUBLISHED, type DatasetPublished } from '../../kernel/dataset-events';
import { prepareSchema } from '../../kernel/database/database';
import { sqlMigration } from '../../kernel/database/migrations';
import { FieldType } from '../../kernel/graphql/shared-types';
import { newId } from '../../kernel/ids';
import { TOPICS } from '../../kernel/log/log';
import { quotaSql } from '../../kernel/quota/quota.sql';
import { testSecrets } from '../../kernel/testing/postgres';
import { startTestStores, startTestSubgraph, type TestStores, type TestSubgraph } from '../../kernel/testing/subgraph';
import { analyticsSubgraph } from '../index';
import { createTable, insertRows } from './columns';
import type { SourceRow } from './reference';

export interface Workspace extends TestSubgraph {
  stores: TestStores['stores'];
  close(): Promise<void>;
  /** Another process of the same subgraph on the same stores. */
  double(): Promise<TestSubgraph>;
  /** Announces a publication as data-sources does and waits until analytics answers from it. */
  publish(tenantId: string, given: Partial<DatasetPublished>): Promise<DatasetPublished>;
  announceDeletion(tenantId: string, datasetId: string, version: number): Promise<void>;
  /** A published table with these rows. */
  load(tenantId: string, given: LoadOptions): Promise<DatasetPublished>;
  versionOf(tenantId: string, datasetId: string): Promise<number | null>;
  /** What the audit trail will hear of, oldest first. */
  audits(tenantId: string): Promise<{ action: string; resource: { type: string; id: string } }[]>;
}

interface LoadOptions extends Partial<DatasetPublished> {
  fields: DatasetPublished['fields'];
  rows: readonly SourceRow[];
}

/** The analytics subgraph over real stores. */
export async function startWorkspace(): Promise<Workspace> {
  const own = await startTestStores({ columns: true });
  // The functions of the quota port, which stand in the tenants' schema.
  const migrations = [sqlMigration(1_700_000_000_001, 'CreateQuota', quotaSql)];
  await prepareSchema({ adminUrl: own.adminUrl, schema: 'tenants', secrets: testSecrets, migrations });
  const started = await startTestSubgraph(analyticsSubgraph, own);
  const { stores, runtime } = { stores: own.stores, runtime: started.runtime };
  const { database } = runtime.stores;

  const announce = (tenantId: string, key: string, type: string, payload: unknown) =>
    stores.log.append(TOPICS.domainEvents.name, [
      { tenantId, key, value: { id: newId(), tenantId, type, version: 1, payload } },
    ]);
  const versionOf: Workspace['versionOf'] = (tenantId, datasetId) =>
    database.withTenant({ tenantId }, async (tx) => {
      const rows = (await tx.query(`select version from datasets where tenant_id = $1 and dataset_id = $2`, [
        tenantId,
        datasetId,
      ])) as { version: number }[];
      return rows[0]?.version ?? null;
    });

  const publish: Workspace['publish'] = async (tenantId, given) => {
    const datasetId = given.datasetId ?? newId();
    const published: DatasetPublished = {
      datasetId,
      name: 'visits',
      label: 'Visits',
      kind: 'TABLE',
      fields: [],
      table: null,
      version: 1,
      rowCount: null,
      importId: newId(),
      publishedAt: new Date().toISOString(),
      ...given,
    };
    await announce(tenantId, datasetId, DATASET_PUBLISHED, published);
    await until(async () => (await versionOf(tenantId, datasetId)) === published.version);
    return published;
  };

  return {
    ...started,
    stores,
    close: () => own.close(),
    double: () => startTestSubgraph(analyticsSubgraph, own),
    publish,
    versionOf,
    async announceDeletion(tenantId, datasetId, version) {
      await announce(tenantId, datasetId, DATASET_DELETED, { datasetId, version });
      await until(async () => (await versionOf(tenantId, datasetId)) === null);
    },
    async load(tenantId, { rows, ...given }) {
      const datasetId = given.datasetId ?? newId();
      const version = given.version ?? 1;
      const table = `datasets.ds_${datasetId.replaceAll('-', '_')}_v${version}`;
      await createTable(stores.columns, table, given.fields);
      await insertRows(stores.columns, table, tenantId, rows);
      return publish(tenantId, { ...given, datasetId, version, table, rowCount: rows.length });
    },
    audits: (tenantId) =>
      database.withTenant({ tenantId }, async (tx) => {
        const rows = (await tx.query(
          `select payload from outbox where tenant_id = $1 and type = 'audit.recorded' order by id`,
          [tenantId],
        )) as { payload: { action: string; resource: { type: string; id: string } } }[];
        return rows.map(({ payload: { action, resource } }) => ({ action, resource }));
      }),
  };
}

/** Waits for something that happens elsewhere; fails after ten seconds. */
export async function until(condition: () => Promise<boolean> | boolean, milliseconds = 10_000): Promise<void> {
  const deadline = Date.now() + milliseconds;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`it did not happen within ${milliseconds} ms`);
    await sleep(20);
  }
}

export const FLIGHT_FIELDS: DatasetPublished['fields'] = [
  { name: 'origin', type: FieldType.STRING, nullable: false },
  { name: 'carrier', type: FieldType.STRING, nullable: true },
  { name: 'delay', type: FieldType.INTEGER, nullable: true },
  { name: 'distance', type: FieldType.FLOAT, nullable: false },
  { name: 'departed', type: FieldType.DATETIME, nullable: false },
];

export const FLIGHTS: readonly SourceRow[] = [
  { origin: 'SEA', carrier: 'AS', delay: 10, distance: 100.5, departed: '2026-01-01T08:10:00.000Z' },
  { origin: 'SEA', carrier: 'AS', delay: -5, distance: 200, departed: '2026-01-01T08:50:00.000Z' },
  { origin: 'SEA', carrier: 'DL', delay: null, distance: 300, departed: '2026-01-01T09:10:00.000Z' },
  { origin: 'JFK', carrier: null, delay: 40, distance: 1000, departed: '2026-01-02T23:59:59.999Z' },
];
