import { z } from 'zod';
import type { NamedQuery } from '../../kernel/columns/columns';
import { FieldType } from '../../kernel/graphql/shared-types';
import { bucketOf, condition, millisecondsOf, output, valueOf, type ReadField } from './expressions';
import { measureSql } from './measures';
import type { Plan } from './plan';
import { sourceOf } from './sources';
import { Params } from './sql-parts';

/** Column names are the compiler's own (`__t`, `__g0`, `__m0`), never a user's. */
export type RawRow = Record<string, unknown>;

export interface CompiledQuery {
  query: NamedQuery<Record<string, unknown>, RawRow>;
  params: Record<string, unknown>;
  /** The names under which the answer's columns come back: time, groups, measures. */
  columns: readonly string[];
}

const rawRow = z.record(z.string(), z.unknown());

/**
 * Turns a plan into parameterised SQL: identifiers come from our own tables and are checked, values are parameters, every table is read
 * within the tenant's wall. Asks for one row more than the limit, to know whether more are there.
 */
export function compile(plan: Plan): CompiledQuery {
  const params = new Params();
  const { from, where, read } = sourceOf(plan, params);
  const groups = plan.groups.map(({ column }, index) => ({
    as: `__g${index}`,
    sql: output(valueOf(column, read), column.type),
  }));
  const time =
    plan.grain && plan.time ? [{ as: '__t', sql: bucketOf(read(plan.time), plan.time.type, plan.grain) }] : [];
  const measures = plan.measures.map((measure, index) => ({
    as: `__m${index}`,
    sql: measureSql(measure, read, params),
  }));
  const keys = [...time, ...groups];
  const columns = [...keys, ...measures];

  where.push(...timeConditions(plan, read, params), ...plan.filters.map((filter) => condition(filter, read, params)));
  const order = plan.order.map(
    ({ column, descending }) => `${columns[column]!.as} ${descending ? 'DESC' : 'ASC'} NULLS LAST`,
  );
  const sql = [
    `SELECT ${columns.map(({ as, sql: text }) => `${text} AS ${as}`).join(', ')}`,
    `FROM ${from}`,
    `WHERE ${where.map((text) => `(${text})`).join(' AND ')}`,
    ...(keys.length > 0 ? [`GROUP BY ${keys.map(({ as }) => as).join(', ')}`] : []),
    ...(order.length > 0 ? [`ORDER BY ${order.join(', ')}`] : []),
    `LIMIT ${params.add(plan.limit + 1, 'UInt32')}`,
  ].join('\n');
  return {
    query: { name: 'analytics.metric_query', sql, row: rawRow },
    params: params.values,
    columns: columns.map(({ as }) => as),
  };
}

/** Half-open range; with a grain, rows without a time belong to no interval. */
function timeConditions({ time, range, grain }: Plan, read: ReadField, params: Params): string[] {
  if (!time) return [];
  const value = read(time);
  const bound = (operator: string, at: number | null): string[] => {
    if (at === null) return [];
    const placeholder = params.add(at, 'Int64');
    // Times are compared as they are stored, so that the primary key narrows what is read.
    return time.type === FieldType.DATETIME
      ? [`${value} ${operator} fromUnixTimestamp64Milli(${placeholder}, 'UTC')`]
      : [`${millisecondsOf(value, time.type)} ${operator} ${placeholder}`];
  };
  return [...bound('>=', range.from), ...bound('<', range.to), ...(grain ? [`${value} IS NOT NULL`] : [])];
}
