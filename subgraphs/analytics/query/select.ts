import type { Plan } from './plan';
import type { Params } from './sql-parts';

/** The expressions of one SELECT, each already safe. */
export interface SelectParts {
  from: string;
  where: readonly string[];
  time: string | null;
  groups: readonly string[];
  measures: readonly string[];
}

/** Puts a statement together. Its columns have the compiler's own names, never a user's. */
export function selectSql(plan: Plan, parts: SelectParts, params: Params): { sql: string; columns: string[] } {
  const time = parts.time === null ? [] : [{ as: '__t', sql: parts.time }];
  const keys = [...time, ...parts.groups.map((sql, index) => ({ as: `__g${index}`, sql }))];
  const columns = [...keys, ...parts.measures.map((sql, index) => ({ as: `__m${index}`, sql }))];
  const order = plan.order.map(
    ({ column, descending }) => `${columns[column]!.as} ${descending ? 'DESC' : 'ASC'} NULLS LAST`,
  );
  const sql = [
    `SELECT ${columns.map(({ as, sql: text }) => `${text} AS ${as}`).join(', ')}`,
    `FROM ${parts.from}`,
    `WHERE ${parts.where.map((text) => `(${text})`).join(' AND ')}`,
    ...(keys.length > 0 ? [`GROUP BY ${keys.map(({ as }) => as).join(', ')}`] : []),
    ...(order.length > 0 ? [`ORDER BY ${order.join(', ')}`] : []),
    // One more than the limit, to know whether there are more.
    `LIMIT ${params.add(plan.limit + 1, 'UInt32')}`,
  ].join('\n');
  return { sql, columns: columns.map(({ as }) => as) };
}
