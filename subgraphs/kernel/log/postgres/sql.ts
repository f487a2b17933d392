import type { Pool, PoolClient } from 'pg';
import { orUnavailable } from '../../pubsub/store-fault';

const TIMEOUT_MS = 30_000;

/** The log's way to its tables: statements with a deadline, names of tables with their schema. */
export interface Sql {
  readonly schema: string;
  /** Throws UNAVAILABLE when the database cannot be reached. */
  query<R>(text: string, values?: unknown[]): Promise<R[]>;
  transaction<T>(work: (query: Sql['query']) => Promise<T>): Promise<T>;
}

/** @param schema where the migrations made the tables; `$log.` in a statement stands for it. */
export function createSql(pool: Pool, schema: string): Sql {
  if (!/^[a-z][a-z0-9_]{0,40}$/.test(schema)) throw new Error(`not a schema name: ${schema}`);
  const on =
    (target: Pick<Pool, 'query'> | PoolClient): Sql['query'] =>
    async <R>(text: string, values: unknown[] = []) => {
      // The driver reads query_timeout from a query's own settings too; its types do not say so.
      const config = { text: text.replaceAll('$log.', `${schema}.`), values, query_timeout: TIMEOUT_MS };
      const { rows } = await orUnavailable('The event log', () => target.query(config));
      return rows as R[];
    };
  return {
    schema,
    query: on(pool),
    async transaction(work) {
      const client = await orUnavailable('The event log', () => pool.connect());
      let broken: Error | undefined;
      try {
        await client.query('begin');
        const result = await work(on(client));
        await client.query('commit');
        return result;
      } catch (error) {
        await client.query('rollback').catch((cause: Error) => (broken = cause));
        throw error;
      } finally {
        client.release(broken);
      }
    },
  };
}

/** An array parameter of numbers or ids, as text: they need no escaping, which the driver would do one by one. */
export const arrayOf = (values: readonly (number | string | bigint)[]): string => `{${values.join(',')}}`;
