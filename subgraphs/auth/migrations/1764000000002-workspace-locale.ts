import { sqlMigration } from '../../kernel/database/migrations';

/** A member who has chosen no language and no time zone has those of the tenant. */
export const workspaceLocale = sqlMigration(
  1_764_000_000_002,
  'WorkspaceLocale',
  `alter table workspaces add column locale text, add column time_zone text;`,
);
