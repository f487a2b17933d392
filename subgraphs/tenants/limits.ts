import type { TxCtx } from '../kernel/context';
import type { QUOTA_PERIODS } from '../kernel/quota/quota.sql';

const GIB = 1024 ** 3;

export interface DefaultLimit {
  /** As callers of `stores.quota` name it. */
  resource: string;
  amount: number;
  period: (typeof QUOTA_PERIODS)[number];
}

/** What every new tenant may use: enough for a company, and an end to a runaway script. */
export const DEFAULT_LIMITS: readonly DefaultLimit[] = [
  { resource: 'events', amount: 50_000_000, period: 'month' },
  { resource: 'imported_bytes', amount: 500 * GIB, period: 'month' },
  { resource: 'storage_bytes', amount: 500 * GIB, period: 'total' },
  { resource: 'queries', amount: 5_000_000, period: 'day' },
];

/** Gives the tenant of the transaction its limits; one that it has already stays. */
export async function setDefaultLimits({ tx, tenantId }: TxCtx): Promise<void> {
  await tx.query(
    `insert into quota_limit (tenant_id, resource, amount, period)
     select $1, * from unnest($2::text[], $3::bigint[], $4::text[]) on conflict do nothing`,
    [
      tenantId,
      DEFAULT_LIMITS.map(({ resource }) => resource),
      DEFAULT_LIMITS.map(({ amount }) => amount),
      DEFAULT_LIMITS.map(({ period }) => period),
    ],
  );
}
