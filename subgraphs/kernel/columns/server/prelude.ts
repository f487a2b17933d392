import { exception } from './exception';
import type { Job } from './engine';

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * The statements that go before a query in its session. Sessions are shared one after another, so each query sets everything it depends on:
 * its database, its parameters (all that its text names, or it is refused: a former query's value must never step in) and the marker by
 * which it can be killed. Nothing else is ever set in a session.
 */
export function prelude(job: Pick<Job, 'statement' | 'params' | 'database'>, marker: string): string {
  for (const name of job.statement.placeholders) {
    if (!Object.hasOwn(job.params, name))
      throw exception('UNKNOWN_QUERY_PARAMETER', `Substitution \`${name}\` is not set.`);
  }
  const sets = Object.entries(job.params).map(([name, value]) => `param_${identifier(name)} = ${literal(value)}`);
  return `USE ${identifier(job.database)}; SET ${[...sets, `log_comment = '${marker}'`].join(', ')}`;
}

export function identifier(name: string): string {
  if (!IDENTIFIER.test(name)) throw exception('BAD_ARGUMENTS', `Not an identifier: ${name.slice(0, 64)}.`);
  return name;
}

/** A string literal; ClickHouse knows only the backslash and the quote as special inside one. */
export const literal = (value: string): string => `'${value.replace(/[\\']/g, '\\$&')}'`;
