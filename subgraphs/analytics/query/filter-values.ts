import { z } from 'zod';
import { DomainError } from '../../kernel/errors';
import { FieldType } from '../../kernel/graphql/shared-types';
import { FilterOp, type FilterInput } from './filters';
import type { PlanColumn, PlanFilter } from './plan';

type Value = string | number | boolean;

const DAY = /^\d{4}-\d{2}-\d{2}$/;

const READERS: Record<FieldType, { says: string; schema: z.ZodType<Value> }> = {
  [FieldType.STRING]: { says: 'a text', schema: z.string().max(4_000) },
  [FieldType.INTEGER]: { says: 'a whole number', schema: z.number().int() },
  [FieldType.FLOAT]: { says: 'a number', schema: z.number() },
  [FieldType.BOOLEAN]: { says: 'true or false', schema: z.boolean() },
  [FieldType.DATE]: { says: 'a date such as 2026-01-31', schema: z.iso.date().regex(DAY) },
  [FieldType.DATETIME]: {
    says: 'a time such as 2026-01-31T12:00:00Z',
    schema: z.iso.datetime({ offset: true }).transform((text) => new Date(text).getTime()),
  },
};

const NO_VALUES: readonly FilterOp[] = [FilterOp.IS_NULL, FilterOp.IS_NOT_NULL];
const MANY_VALUES: readonly FilterOp[] = [FilterOp.IN, FilterOp.NOT_IN];
const ORDERED: readonly FilterOp[] = [FilterOp.GT, FilterOp.GTE, FilterOp.LT, FilterOp.LTE];

/**
 * Checks a filter against the type of its column. Throws INVALID_INPUT with the path of what does not fit.
 *
 * @param path where the filter stands in the input: `['filters', '0']`.
 */
export function typedFilter(column: PlanColumn, filter: FilterInput, path: readonly string[]): PlanFilter {
  const { op, values } = filter;
  const { says, schema } = READERS[column.type];
  const refuse = (message: string, part = 'values'): never => {
    throw new DomainError('INVALID_INPUT', `Filter on "${filter.field}": ${message}.`, { field: [...path, part] });
  };

  if (op === FilterOp.CONTAINS && column.type !== FieldType.STRING) refuse('CONTAINS is for texts only', 'op');
  if (ORDERED.includes(op) && column.type === FieldType.BOOLEAN)
    refuse(`${op} makes no sense for true and false`, 'op');
  if (NO_VALUES.includes(op)) {
    if (values.length > 0) refuse(`${op} takes no values`);
  } else if (MANY_VALUES.includes(op)) {
    if (values.length === 0) refuse(`${op} needs at least one value`);
  } else if (values.length !== 1) refuse(`${op} takes exactly one value`);

  const typed = values.map((value) => {
    if (value === null) return refuse('a value may not be null; use IS_NULL or IS_NOT_NULL');
    const result = schema.safeParse(value);
    return result.success ? result.data : refuse(`a value must be ${says}, not ${JSON.stringify(value).slice(0, 60)}`);
  });
  return { column, op, values: typed };
}
