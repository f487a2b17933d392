import { z } from 'zod';
import type { NamedQuery } from '../../kernel/columns/columns';
import { FieldType } from '../../kernel/graphql/shared-types';
import { windowParts, windowsFit } from './compile-windows';
import { bucketOf, condition, millisecondsOf, output, valueOf, type ReadField } from './expressions';
import { measureSql } from './measures';
import type { Plan } from './plan';
import { selectSql, type SelectParts } from './select';
import { sourceOf } from './sources';
import { Params } from './sql-parts';

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
 * within the tenant's wall. Answers from the 5-minute windows where they give the same answer.
 */
export function compile(plan: Plan): CompiledQuery {
  const params = new Params();
  const windows = windowsFit(plan);
  const parts = windows ? windowParts(plan, params) : rowParts(plan, params);
  const { sql, columns } = selectSql(plan, parts, params);
  const name = windows ? 'analytics.metric_query_windows' : 'analytics.metric_query';
  return { query: { name, sql, row: rawRow }, params: params.values, columns };
}

function rowParts(plan: Plan, params: Params): SelectParts {
  const { from, where, read } = sourceOf(plan, params);
  const { time, grain } = plan;
  const grouped = grain !== null || plan.groups.length > 0;
  return {
    from,
    where: [
      ...where,
      ...timeConditions(plan, read, params),
      ...plan.filters.map((filter) => condition(filter, read, params)),
    ],
    time: grain && time ? bucketOf(read(time), time.type, grain) : null,
    groups: plan.groups.map(({ column }) => output(valueOf(column, read), column.type)),
    measures: plan.measures.map((measure) => measureSql(measure, grouped, read, params)),
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
