import type { ColumnsMigration } from '../../kernel/columns/columns';

/**
 * The `events` database of the columns: one table of all tenants' events and datasets, and aggregate states of 5-minute tumbling windows,
 * one table for all as well. `field` is a property of the event, or empty for the event itself. A sliding window merges states of tumbling
 * ones when it is read.
 *
 * Both tables remember the tokens of their last 10,000 inserts. An insert is open for a minute at most (`write-range.ts`), and no more than
 * a few hundred are made in a minute, so a token is remembered longer than anybody may still repeat it.
 */
export const EVENTS_DATABASE = 'events';

/** The windows of the events that fit `condition`. */
export function windowsOf(events: string, condition: string): string {
  return `SELECT tenant_id, dataset_id, toStartOfFiveMinutes(toDateTime(time, 'UTC')) AS start, name, entry.1 AS field,
      log_partition, max(log_offset) AS log_offset,
      countState() AS events, sumState(entry.2) AS total, minState(entry.2) AS least, maxState(entry.2) AS most
    FROM ${events}
    ARRAY JOIN arrayConcat([('', toFloat64(0))], arrayZip(arrayMap(k -> toString(k), mapKeys(numbers)), mapValues(numbers))) AS entry
    WHERE ${condition}
    GROUP BY tenant_id, dataset_id, start, name, field, log_partition`;
}

export const eventsMigrations: readonly ColumnsMigration[] = [
  {
    name: '0001-events',
    statements: [
      `CREATE TABLE {database}.events (
        tenant_id UUID,
        dataset_id UUID,
        time DateTime64(3, 'UTC'),
        event_id String,
        name LowCardinality(String),
        strings Map(LowCardinality(String), String),
        numbers Map(LowCardinality(String), Float64),
        received_at DateTime64(3, 'UTC'),
        log_partition UInt16,
        log_offset UInt64
      ) ENGINE = MergeTree PARTITION BY toYYYYMM(time) ORDER BY (tenant_id, dataset_id, time)
      SETTINGS non_replicated_deduplication_window = 10000`,
      `CREATE TABLE {database}.windows (
        tenant_id UUID,
        dataset_id UUID,
        start DateTime('UTC'),
        name LowCardinality(String),
        field LowCardinality(String),
        events AggregateFunction(count),
        total AggregateFunction(sum, Float64),
        least AggregateFunction(min, Float64),
        most AggregateFunction(max, Float64)
      ) ENGINE = AggregatingMergeTree PARTITION BY toYYYYMM(start) ORDER BY (tenant_id, dataset_id, start, name, field)
      SETTINGS non_replicated_deduplication_window = 10000`,
      `CREATE MATERIALIZED VIEW {database}.windows_view TO {database}.windows AS
      SELECT tenant_id, dataset_id, toStartOfFiveMinutes(toDateTime(time, 'UTC')) AS start, name, entry.1 AS field,
        countState() AS events, sumState(entry.2) AS total, minState(entry.2) AS least, maxState(entry.2) AS most
      FROM {database}.events
      ARRAY JOIN arrayConcat([('', toFloat64(0))], arrayZip(arrayMap(k -> toString(k), mapKeys(numbers)), mapValues(numbers))) AS entry
      GROUP BY tenant_id, dataset_id, start, name, field`,
    ],
  },
  {
    // An engine that is killed may have noted a token without its rows. So both tables say which records of the log they hold
    // (`ensure-applied.ts`): the windows by the highest offset of each partition, and rows put in afterwards do not feed the windows.
    name: '0002-offsets-in-windows',
    statements: [
      `DROP VIEW IF EXISTS {database}.windows_view`,
      `DROP TABLE IF EXISTS {database}.windows`,
      `ALTER TABLE {database}.events ADD COLUMN IF NOT EXISTS repaired UInt8 DEFAULT 0`,
      `CREATE TABLE IF NOT EXISTS {database}.windows (
        tenant_id UUID,
        dataset_id UUID,
        start DateTime('UTC'),
        name LowCardinality(String),
        field LowCardinality(String),
        log_partition UInt16,
        log_offset SimpleAggregateFunction(max, UInt64),
        events AggregateFunction(count),
        total AggregateFunction(sum, Float64),
        least AggregateFunction(min, Float64),
        most AggregateFunction(max, Float64)
      ) ENGINE = AggregatingMergeTree PARTITION BY toYYYYMM(start)
      ORDER BY (tenant_id, dataset_id, start, name, field, log_partition)
      SETTINGS non_replicated_deduplication_window = 10000`,
      `INSERT INTO {database}.windows ${windowsOf('{database}.events', 'true')} SETTINGS max_partitions_per_insert_block = 0`,
      `CREATE MATERIALIZED VIEW IF NOT EXISTS {database}.windows_view TO {database}.windows AS
      ${windowsOf('{database}.events', 'repaired = 0')}`,
    ],
  },
];
