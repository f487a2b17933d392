import { sqlMigration } from '../../kernel/database/migrations';

/** `openRevocations` asks for the last quarter of an hour every few seconds. */
export const indexRevokedSessions = sqlMigration(
  1_764_000_000_001,
  'IndexRevokedSessions',
  `create index sessions_revoked on sessions (revoked_at) where revoked_at is not null;`,
);
