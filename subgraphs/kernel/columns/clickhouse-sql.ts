import { randomUUID } from 'node:crypto';
import type { QueryLimits } from './columns';

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** A name that may stand in SQL, in backticks; throws on anything but letters, digits and underscores. */
export function identifier(name: string): string {
  if (!IDENTIFIER.test(name)) throw new TypeError(`Not an identifier: ${JSON.stringify(name.slice(0, 64))}`);
  return `\`${name}\``;
}

/** `database.table`, both checked. */
export function tableName(name: string): string {
  const [database, table, ...rest] = name.split('.');
  if (!database || !table || rest.length > 0)
    throw new TypeError(`Not "database.table": ${JSON.stringify(name.slice(0, 128))}`);
  return `${identifier(database)}.${identifier(table)}`;
}

/** A string literal of ClickHouse. */
export const literal = (value: string): string => `'${value.replace(/[\\']/g, '\\$&')}'`;

// What the platform's own code may set beside the limits. `readonly` is not among them: on some engines it would stick.
const ALLOWED = new Set([
  'additional_table_filters',
  'allow_experimental_lightweight_update',
  'alter_sync',
  'date_time_input_format',
  'final',
  'group_by_overflow_mode',
  'input_format_allow_errors_num',
  'input_format_csv_use_best_effort_in_schema_inference',
  'input_format_null_as_default',
  'input_format_skip_unknown_fields',
  'join_use_nulls',
  'lightweight_deletes_sync',
  'max_block_size',
  'max_bytes_before_external_group_by',
  'max_bytes_before_external_sort',
  'max_bytes_to_read',
  'max_insert_block_size',
  'max_partitions_per_insert_block',
  'max_rows_to_group_by',
  'max_threads',
  'mutations_sync',
  'optimize_read_in_order',
  'session_timezone',
]);

export type Settings = Readonly<Record<string, string | number>>;

/** `SETTINGS a = 1, b = 'x'`, or nothing. Settings always stand in the statement: sent beside it they stick to a session of the embedded engine. */
export function settingsClause(settings: Settings): string {
  const parts = Object.entries(settings).map(([name, value]) => {
    identifier(name);
    if (typeof value === 'number' && !Number.isFinite(value)) throw new TypeError(`${name} is no number`);
    return `${name} = ${typeof value === 'number' ? value : literal(value)}`;
  });
  return parts.length === 0 ? '' : `\nSETTINGS ${parts.join(', ')}`;
}

export function checkSettings(settings: Settings = {}): Settings {
  for (const name of Object.keys(settings))
    if (!ALLOWED.has(name)) throw new TypeError(`The setting ${name.slice(0, 64)} is not one the platform uses`);
  return settings;
}

export const limitSettings = (limits: QueryLimits): Settings => ({
  max_execution_time: limits.maxExecutionSeconds,
  max_rows_to_read: Math.ceil(limits.maxRowsToRead),
  max_memory_usage: Math.ceil(limits.maxMemoryBytes),
  max_result_rows: Math.ceil(limits.maxResultRows),
  result_overflow_mode: 'throw',
  timeout_overflow_mode: 'throw',
  read_overflow_mode: 'throw',
});

/** How values look in rows, the same on every server: 64-bit integers as strings (lossless), times as ISO 8601 in UTC, NaN and infinities as null. */
export const READ_SETTINGS: Settings = {
  output_format_json_quote_64bit_integers: 1,
  output_format_json_quote_denormals: 0,
  date_time_output_format: 'iso',
  session_timezone: 'UTC',
};

/** Makes an insert of up to a million rows (1 GiB) one block, always cut the same way, so that its token means the same when it is repeated. */
export const INSERT_SETTINGS: Settings = {
  async_insert: 0,
  input_format_parallel_parsing: 0,
  max_insert_block_size: 1_000_000,
  min_insert_block_size_rows: 1_000_000,
  min_insert_block_size_bytes: 1024 ** 3,
  max_insert_threads: 1,
  date_time_input_format: 'best_effort',
};

/**
 * With a token: applied once, through materialized views too. Without one, every insert is its own: a table with a de-duplication window would
 * otherwise drop rows equal to earlier ones. A token nobody else has is the way that every version understands.
 */
export const insertTokenSettings = (token: string = randomUUID()): Settings => ({
  insert_deduplication_token: token,
  deduplicate_blocks_in_dependent_materialized_views: 1,
});
