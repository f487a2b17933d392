import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Columns } from '../../kernel/columns/columns';
import { createColumns } from '../../kernel/columns/columns.clickhouse';
import { startColumnsServer } from '../../kernel/columns/supervisor';
import { FieldType } from '../../kernel/graphql/shared-types';
import { createLogger } from '../../kernel/logger';
import type { Dataset } from '../datasets/dataset';
import type { SourceRow } from './reference';

/** A columns server of this suite's own. */
export async function startTestColumns(): Promise<{ columns: Columns; stop(): Promise<void> }> {
  const dataDir = mkdtempSync(join(tmpdir(), 'analytics-columns-'));
  const log = createLogger({ service: 'test', level: 'silent' });
  const server = await startColumnsServer({ dataDir, log });
  const columns = createColumns({ ...server, log });
  return {
    columns,
    async stop() {
      await columns.close();
      await server.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

const COLUMN_TYPE: Record<FieldType, string> = {
  [FieldType.STRING]: 'String',
  [FieldType.INTEGER]: 'Int64',
  [FieldType.FLOAT]: 'Float64',
  [FieldType.BOOLEAN]: 'Bool',
  [FieldType.DATE]: 'Date32',
  [FieldType.DATETIME]: "DateTime64(3, 'UTC')",
};

/** A table as data-sources publishes it. */
export async function createTable(columns: Columns, table: string, fields: Dataset['fields']): Promise<void> {
  const lines = fields.map(({ name, type, nullable }) => {
    const column = COLUMN_TYPE[type];
    return `\`${name}\` ${nullable ? `Nullable(${column})` : column}`;
  });
  await columns.command('create database if not exists datasets');
  await columns.command(
    `create table ${table} (tenant_id UUID, ${lines.join(', ')}) engine = MergeTree order by tenant_id`,
  );
}

export const insertRows = (columns: Columns, table: string, tenantId: string, rows: readonly SourceRow[]) =>
  columns.insert(
    table,
    rows.map((row) => ({ tenant_id: tenantId, ...row })),
  );
