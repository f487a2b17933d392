import { FieldType } from '../../kernel/graphql/shared-types';
import type { DatasetField } from '../datasets/dataset';
import type { ReadField } from './expressions';
import type { Plan, PlanColumn, PlanJoin } from './plan';
import { identifier, tableName, type Params } from './sql-parts';

/** One table of all tenants' events; see `ingest/`. */
const EVENTS_TABLE = '`events`.`events`';

/** Where a plan's rows come from, each table within the tenant's wall, and how its fields are read. */
export interface Source {
  from: string;
  where: string[];
  read: ReadField;
}

export function sourceOf(plan: Plan, params: Params): Source {
  const tenant = params.add(plan.tenantId, 'UUID');
  const where = [`b.tenant_id = ${tenant}`];
  const events = plan.base.kind === 'EVENTS';
  if (events) where.push(`b.dataset_id = ${params.add(plan.base.id, 'UUID')}`);

  const aliases = new Map(plan.joins.map((join, index) => [join.name, `j${index}`]));
  const own = (field: DatasetField): string => (events ? eventField(field, params) : `b.${identifier(field.name)}`);
  const read: ReadField = ({ join, field }) =>
    join === null ? own(field) : `${aliases.get(join)}.${identifier(field.name)}`;
  const joins = plan.joins.map((join) => {
    const alias = aliases.get(join.name)!;
    const columns = fieldsFrom(plan, join.name);
    // Events hold all numbers as Float64, which nothing joins with.
    const local = events && join.local.type === FieldType.INTEGER ? `toInt64(${own(join.local)})` : own(join.local);
    const on = `${local} = ${alias}.${KEY}`;
    return ` LEFT ANY JOIN (${joinedRows(join, columns, tenant)}) AS ${alias} ON ${on}`;
  });
  const table = events ? EVENTS_TABLE : tableName(importedTable(plan.base.table));
  return { from: `${table} AS b${joins.join('')}`, where, read };
}

const KEY = '`__key`';

/** Nullable, so that a row without a partner has nulls and not zeros and empty texts. */
function joinedRows(join: PlanJoin, fields: readonly DatasetField[], tenant: string): string {
  const columns = fields.map(({ name }) => `toNullable(${identifier(name)}) AS ${identifier(name)}`);
  const key = `${identifier(join.remote.name)} AS ${KEY}`;
  const table = tableName(importedTable(join.target.table));
  return `SELECT ${[...columns, key].join(', ')} FROM ${table} WHERE tenant_id = ${tenant}`;
}

function fieldsFrom(plan: Plan, join: string): DatasetField[] {
  const columns: PlanColumn[] = [
    ...plan.groups.map(({ column }) => column),
    ...plan.filters.map(({ column }) => column),
  ];
  const fields = columns.filter((column) => column.join === join).map(({ field }) => [field.name, field] as const);
  return [...new Map(fields).values()];
}

function importedTable(table: string | null): string {
  if (table === null) throw new Error('an imported dataset was announced without its table');
  return table;
}

/** A property that an event does not have is null. */
function eventField(field: DatasetField, params: Params): string {
  if (field.name === 'name' || field.name === 'time') return `b.${field.name}`;
  const key = params.add(field.name, 'String');
  const from = (map: 'strings' | 'numbers'): string => `if(mapContains(b.${map}, ${key}), b.${map}[${key}], NULL)`;
  switch (field.type) {
    case FieldType.STRING:
      return from('strings');
    case FieldType.INTEGER:
    case FieldType.FLOAT:
      return from('numbers');
    case FieldType.BOOLEAN:
      return `CAST(${from('numbers')}, 'Nullable(Bool)')`;
    case FieldType.DATE:
      return `toDate32OrNull(${from('strings')})`;
    case FieldType.DATETIME:
      return `parseDateTime64BestEffortOrNull(${from('strings')}, 3, 'UTC')`;
  }
}
