import type { SubgraphRuntime } from '../../kernel/subgraph';
import { dropTable } from './table';

/** Queries that began before a table was replaced have this long to end. */
export const GRACE_MS = 10 * 60_000;
const AT_ONCE = 200;

/** Drops one table now and forgets it. */
export async function dropNow(runtime: SubgraphRuntime, tenantId: string, table: string): Promise<void> {
  await dropTable(runtime.stores.columns, table);
  await runtime.stores.database.withTenant({ tenantId }, (tx) =>
    tx.query(`delete from dataset_table where tenant_id = $1 and name = $2`, [tenantId, table]),
  );
}

/** Drops every table whose time has come, of all tenants. Repeatable; what fails is tried again next time. Answers how many went. */
export async function dropDueTables(runtime: SubgraphRuntime): Promise<number> {
  const due = await runtime.stores.database.control(
    async (tx) =>
      (await tx.query(`select tenant_id, name from dataset_table where drop_after <= $1 order by drop_after limit $2`, [
        runtime.clock.now(),
        AT_ONCE,
      ])) as { tenant_id: string; name: string }[],
  );
  let dropped = 0;
  for (const { tenant_id, name } of due) {
    try {
      await dropNow(runtime, tenant_id, name);
      dropped++;
    } catch (error) {
      runtime.logger.warn({ err: error, tenant_id, table: name }, 'table will be dropped later');
    }
  }
  return dropped;
}
