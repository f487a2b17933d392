import { FieldType } from '../../kernel/graphql/shared-types';
import type { DatasetField } from '../datasets/dataset';
import { Derivation } from '../model/semantic-model';
import { FilterOp } from './filters';
import { TimeGrain, type PlanColumn, type PlanFilter } from './plan';
import type { ParamType, Params } from './sql-parts';

/** How a field is read; differs between imported tables, events and joined tables. */
export type ReadField = (column: { join: string | null; field: DatasetField }) => string;

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** 1970-01-05, the first Monday. */
const FIRST_MONDAY = 4 * DAY;

/** The value of a column, for filters and aggregates. */
export function valueOf({ join, field, derive }: PlanColumn, read: ReadField): string {
  const value = read({ join, field });
  switch (derive) {
    case null:
      return value;
    case Derivation.HOUR:
      return `toHour(${value})`;
    case Derivation.WEEKDAY:
      return `toDayOfWeek(${value})`;
    case Derivation.MONTH:
      return `toMonth(${value})`;
    case Derivation.DATE:
      return `toDate32(${value})`;
  }
}

/** A value as it leaves the engine: times as milliseconds, days as text, so that no setting of the engine changes its form. */
export function output(expression: string, type: FieldType): string {
  if (type === FieldType.DATETIME) return `toUnixTimestamp64Milli(toDateTime64(${expression}, 3, 'UTC'))`;
  if (type === FieldType.DATE) return `toString(toDate32(${expression}))`;
  return expression;
}

/** Milliseconds since 1970 of a DATETIME, or of the midnight that begins a DATE. */
export const millisecondsOf = (expression: string, type: FieldType): string =>
  type === FieldType.DATE ? `toInt64(toDate32(${expression})) * ${DAY}` : output(expression, FieldType.DATETIME);

/** The start of the UTC interval a time is in, in milliseconds; right before 1970 and after 2149 too, where toStartOfInterval is not. */
export function bucketOf(expression: string, type: FieldType, grain: TimeGrain): string {
  const ms = millisecondsOf(expression, type);
  const every = (length: number, offset = 0): string => `${ms} - positiveModulo(${ms} - ${offset}, ${length})`;
  const calendar = (month: string): string =>
    `toUnixTimestamp64Milli(toDateTime64(makeDate32(toYear(${expression}), ${month}, 1), 3, 'UTC'))`;
  switch (grain) {
    case TimeGrain.MINUTE:
      return every(MINUTE);
    case TimeGrain.FIVE_MINUTES:
      return every(5 * MINUTE);
    case TimeGrain.HOUR:
      return every(HOUR);
    case TimeGrain.DAY:
      return every(DAY);
    case TimeGrain.WEEK:
      return every(7 * DAY, FIRST_MONDAY);
    case TimeGrain.MONTH:
      return calendar(`toMonth(${expression})`);
    case TimeGrain.YEAR:
      return calendar('1');
  }
}

const PARAM_TYPE: Record<FieldType, Exclude<ParamType, `Array(${string})`>> = {
  [FieldType.STRING]: 'String',
  [FieldType.INTEGER]: 'Int64',
  [FieldType.FLOAT]: 'Float64',
  [FieldType.BOOLEAN]: 'Bool',
  [FieldType.DATE]: 'Date32',
  [FieldType.DATETIME]: 'Int64',
};

const COMPARISONS: Partial<Record<FilterOp, string>> = {
  [FilterOp.EQ]: '=',
  [FilterOp.GT]: '>',
  [FilterOp.GTE]: '>=',
  [FilterOp.LT]: '<',
  [FilterOp.LTE]: '<=',
};

/** A condition. NE and NOT_IN hold for rows without a value; CONTAINS does not care about case. */
export function condition({ column, op, values }: PlanFilter, read: ReadField, params: Params): string {
  const value = valueOf(column, read);
  const type = PARAM_TYPE[column.type];
  const one = (): string => {
    const placeholder = params.add(values[0], type);
    return column.type === FieldType.DATETIME ? `fromUnixTimestamp64Milli(${placeholder}, 'UTC')` : placeholder;
  };
  // A list of times is compared as numbers: a placeholder holds no DateTime64 list in a form that all versions read.
  const listed = column.type === FieldType.DATETIME ? output(value, column.type) : value;
  const many = (): string => params.add(values, `Array(${type})`);
  switch (op) {
    case FilterOp.NE:
      return `ifNull(${value} != ${one()}, 1)`;
    case FilterOp.IN:
      return `${listed} IN ${many()}`;
    case FilterOp.NOT_IN:
      return `ifNull(${listed} NOT IN ${many()}, 1)`;
    case FilterOp.CONTAINS:
      return `positionCaseInsensitiveUTF8(${value}, ${one()}) > 0`;
    case FilterOp.IS_NULL:
      return `${value} IS NULL`;
    case FilterOp.IS_NOT_NULL:
      return `${value} IS NOT NULL`;
    default:
      return `${value} ${COMPARISONS[op]} ${one()}`;
  }
}
