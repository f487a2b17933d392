import { createHash } from 'node:crypto';
import { FieldType } from '../../kernel/graphql/shared-types';
import type { Derivation, MetricUnit } from '../model/semantic-model';
import type { RawRow } from './compile';
import type { Plan } from './plan';

export enum ColumnRole {
  TIME = 'TIME',
  DIMENSION = 'DIMENSION',
  MEASURE = 'MEASURE',
}

export interface ResultColumn {
  name: string;
  label: string;
  role: ColumnRole;
  type: FieldType;
  unit: MetricUnit | null;
  /** How a dimension is made of its field; null when it is the field itself. */
  derive: Derivation | null;
}

export type Cell = string | number | boolean | null;

export interface MetricRow {
  /** Made of the row's time and dimensions: the same group has the same key in every answer to the same query. */
  key: string;
  values: Cell[];
}

export interface Answer {
  columns: ResultColumn[];
  rows: MetricRow[];
  truncated: boolean;
}

const LONGEST_KEY = 60;
/** Parallel sums of floats differ in their last bits from run to run; without rounding each run would look like a change. */
const SIGNIFICANT_DIGITS = 12;

/** What the engine answered, in the order and types of the plan's columns. */
export function toAnswer(plan: Plan, names: readonly string[], raw: readonly RawRow[]): Answer {
  const columns = columnsOf(plan);
  const keys = columns.filter(({ role }) => role !== ColumnRole.MEASURE).length;
  const rows = raw.slice(0, plan.limit).map((row): MetricRow => {
    const values = names.map((name, index) => cellOf(row[name], columns[index]!));
    return { key: rowKey(values.slice(0, keys)), values };
  });
  return { columns, rows, truncated: raw.length > plan.limit };
}

export function columnsOf(plan: Plan): ResultColumn[] {
  const { DATETIME } = FieldType;
  const time = { name: 'time', label: 'Time', role: ColumnRole.TIME, type: DATETIME, unit: null, derive: null };
  return [
    ...(plan.grain ? [time] : []),
    ...plan.groups.map(({ name, label, column }) => ({
      name,
      label,
      role: ColumnRole.DIMENSION,
      type: column.type,
      unit: null,
      derive: column.derive,
    })),
    ...plan.measures.map(({ name, label, type, unit }) => ({
      name,
      label,
      role: ColumnRole.MEASURE,
      type,
      unit,
      derive: null,
    })),
  ];
}

function rowKey(values: readonly Cell[]): string {
  if (values.length === 0) return 'total';
  const text = JSON.stringify(values);
  return text.length <= LONGEST_KEY ? text : createHash('sha256').update(text).digest('base64url');
}

function cellOf(value: unknown, { type, role }: ResultColumn): Cell {
  if (value === null || value === undefined) return null;
  switch (type) {
    case FieldType.DATETIME:
      return new Date(Number(value)).toISOString();
    case FieldType.INTEGER:
    case FieldType.FLOAT:
      return role === ColumnRole.MEASURE ? rounded(Number(value)) : exact(value);
    case FieldType.BOOLEAN:
      return value === true || value === 1 || value === 'true';
    case FieldType.STRING:
    case FieldType.DATE:
      return typeof value === 'string' ? value : JSON.stringify(value);
  }
}

function rounded(value: number): number | null {
  if (!Number.isFinite(value)) return null;
  return Number.isInteger(value) ? value : Number(value.toPrecision(SIGNIFICANT_DIGITS));
}

/** An integer beyond 53 bits stays a text, so that two groups never become one. */
function exact(value: unknown): Cell {
  const number = Number(value);
  return Number.isSafeInteger(number) || !Number.isInteger(number) || typeof value === 'number'
    ? number
    : String(value);
}
