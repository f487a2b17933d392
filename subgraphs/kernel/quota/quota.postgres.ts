import type { Pool } from 'pg';
import type { Clock } from '../clock';
import { newId } from '../ids';
import { orUnavailable } from '../pubsub/store-fault';
import { UNLIMITED, type Quota } from './quota';

export interface PostgresQuotaDeps {
  /** As any subgraph's role, to the database with the tenants' schema. Owned by the caller. */
  pool: Pick<Pool, 'query'>;
  clock: Clock;
  /** Where a migration with `quotaSql` has run; default `tenants`. */
  schema?: string;
}

interface Row {
  granted: boolean;
  remaining: string | null;
  reset_at: Date;
}

/** Quotas by the functions of `quota.sql.ts`. Throws UNAVAILABLE when the database cannot be reached: what cannot be counted is not granted. */
export function createPostgresQuota({ pool, clock, schema = 'tenants' }: PostgresQuotaDeps): Quota {
  if (!/^[a-z][a-z0-9_]{0,40}$/.test(schema)) throw new Error(`not a schema name: ${schema}`);
  const call = async <R>(sql: string, params: unknown[]): Promise<R> => {
    const { rows } = await orUnavailable('The quota store', () => pool.query(sql, params));
    return rows[0] as R;
  };
  const settle = async (tenantId: string, id: string, used: number): Promise<void> => {
    assertWhole(used);
    await call(`select ${schema}.quota_settle($1, $2, $3)`, [tenantId, id, used]);
  };

  return {
    reserve: async (tenantId, resource, amount) => {
      assertWhole(amount);
      const id = newId();
      const row = await call<Row>(`select * from ${schema}.quota_reserve($1, $2, $3, $4, $5)`, [
        tenantId,
        id,
        resource,
        amount,
        clock.now(),
      ]);
      const remaining = row.remaining === null ? UNLIMITED : Number(row.remaining);
      return { id, granted: row.granted, remaining, resetAt: row.reset_at };
    },
    // What was refused took nothing: there is nothing to correct.
    settle: async (tenantId, { id, granted }, used) => (granted ? settle(tenantId, id, used) : undefined),
    release: async (tenantId, { id, granted }) => (granted ? settle(tenantId, id, 0) : undefined),
  };
}

function assertWhole(amount: number): void {
  if (!Number.isSafeInteger(amount) || amount < 0) throw new RangeError(`a quota counts whole numbers, not ${amount}`);
}
