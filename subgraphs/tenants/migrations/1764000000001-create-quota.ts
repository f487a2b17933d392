import { sqlMigration } from '../../kernel/database/migrations';
import { quotaSql } from '../../kernel/quota/quota.sql';

/** The kernel's quota port works on these tables; their limits are this subgraph's. */
export const createQuota = sqlMigration(1_764_000_000_001, 'CreateQuota', quotaSql);
