import { z } from 'zod';
import type { Columns } from '../../kernel/columns/columns';
import { FieldType } from '../../kernel/graphql/shared-types';
import { isId } from '../../kernel/ids';
import { FIELD_NAME } from '../formats/column-names';
import type { ColumnPlan } from '../formats/rows';

export const DATABASE = 'datasets';

const COLUMN_TYPES: Readonly<Record<FieldType, string>> = {
  STRING: 'String',
  INTEGER: 'Int64',
  FLOAT: 'Float64',
  BOOLEAN: 'Bool',
  DATE: 'Date32',
  DATETIME: "DateTime64(3, 'UTC')",
};

const TABLE_NAME = /^datasets\.ds_[0-9a-f]{32}_v\d{1,9}$/;
/** Insert tokens are remembered for at least this many inserts; a file of 100 MB makes far fewer. */
const TOKENS_REMEMBERED = 10_000;

/** `datasets.ds_<id>_v<n>`: made of a checked id and a number, hence safe as text of a query. */
export function tableName(datasetId: string, number: number): string {
  return checked(`${DATABASE}.ds_${datasetId.replaceAll('-', '')}_v${number}`);
}

function checked(table: string): string {
  if (!TABLE_NAME.test(table)) throw new Error(`not a dataset's table: ${table}`);
  return table;
}

/**
 * Makes the table of one attempt. Each table belongs to one tenant; the tenant's id is a column all the same, first in the order, so that
 * the predicate every query carries always applies.
 */
export async function createTable(
  columns: Columns,
  table: string,
  tenantId: string,
  plan: readonly ColumnPlan[],
): Promise<void> {
  if (!isId(tenantId)) throw new Error('not a tenant id');
  const lines = plan.map(({ name, type, nullable }) => {
    if (!FIELD_NAME.test(name)) throw new Error(`not a field name: ${name}`);
    const columnType = COLUMN_TYPES[type];
    return `\`${name}\` ${nullable ? `Nullable(${columnType})` : columnType}`;
  });
  const time = plan.find(({ type }) => type === FieldType.DATETIME) ?? plan.find(({ type }) => type === FieldType.DATE);
  const order = ['tenant_id', ...(time ? [`\`${time.name}\``] : [])].join(', ');
  await columns.command(
    `create table ${checked(table)} (tenant_id UUID default toUUID('${tenantId}'), ${lines.join(', ')}) ` +
      `engine = MergeTree order by (${order}) ` +
      `settings allow_nullable_key = 1, non_replicated_deduplication_window = ${TOKENS_REMEMBERED}`,
  );
}

export const dropTable = (columns: Columns, table: string): Promise<void> =>
  columns.command(`drop table if exists ${checked(table)} sync`);

const countRow = z.object({ rows: z.coerce.number() });
const COUNT_LIMITS = { maxExecutionSeconds: 60, maxRowsToRead: 10_000_000_000 };

/** Rows of the tenant that the engine has. */
export async function countRows(columns: Columns, table: string, tenantId: string): Promise<number> {
  const query = {
    name: 'data-sources.count',
    sql: `select count() as rows from ${checked(table)} where tenant_id = {tenant: UUID}`,
    row: countRow,
  };
  const { rows } = await columns.query(query, { tenant: tenantId }, { limits: COUNT_LIMITS });
  return rows[0]?.rows ?? 0;
}

/** Rows so far, from the table's parts alone: cheap enough to ask again and again while it is being loaded. */
export async function roughCount(columns: Columns, table: string): Promise<number> {
  const query = {
    name: 'data-sources.roughCount',
    sql: `select count() as rows from ${checked(table)}`,
    row: countRow,
  };
  const { rows } = await columns.query(query, {}, { limits: COUNT_LIMITS });
  return rows[0]?.rows ?? 0;
}
