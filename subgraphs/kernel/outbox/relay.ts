import type { EntityManager } from 'typeorm';
import type { Database } from '../database/database';
import type { EventLog, LogRecord } from '../log/log';
import type { Logger } from '../logger';
import { Pacer } from '../pacer';
import { openListener } from '../pubsub/postgres-listener';
import type { DomainEvent } from './outbox';

const BATCH = 500;
const POLL_MS = 1_000;
const KEEP_SENT_HOURS = 24;
/** Longer than the log and its dead letters keep an event: until then it can be delivered again. */
const KEEP_RECEIVED_DAYS = 31;

interface OutboxRow {
  tenant_id: string;
  id: string;
  topic: string;
  key: string;
  type: string;
  version: number;
  payload: unknown;
}

export interface Relay {
  stop(): Promise<void>;
}

/**
 * Moves one schema's outbox to the log, at least once: rows are marked only after the log has acknowledged them. It selects unsent rows,
 * never "after the last id", since sequence order is not commit order. Several processes may run it: rows are locked, not skipped over,
 * so that events of one aggregate keep their order.
 */
export async function startRelay(deps: { database: Database; log: EventLog; logger: Logger }): Promise<Relay> {
  const { database, log, logger } = deps;
  const pacer = new Pacer(POLL_MS);
  // Wakes it at once when something was written; polling covers the time in which the connection is down.
  const wake = (): void => pacer.wake();
  const listener = await openListener({
    connectionString: database.appUrl,
    log: logger,
    channels: () => [`outbox_${database.schema}`],
    onNotification: wake,
    onReconnect: wake,
  });
  let running = true;

  const loop = (async () => {
    let sweepAt = 0;
    while (running) {
      try {
        const moved = await database.control((tx) => moveBatch(tx, log));
        if (Date.now() > sweepAt) {
          await database.control(sweep);
          sweepAt = Date.now() + 3_600_000;
        }
        if (moved < BATCH) await pacer.wait();
      } catch (error) {
        if (!running) break;
        logger.warn({ err: error, schema: database.schema }, 'outbox relay will try again');
        await pacer.backOff();
      }
    }
  })();

  return {
    async stop() {
      running = false;
      pacer.wake();
      await loop;
      await listener.close();
    },
  };
}

async function moveBatch(tx: EntityManager, log: EventLog): Promise<number> {
  // One relay at a time and schema; the lock ends with the transaction, also when the process dies.
  const [lock] = (await tx.query(
    `select pg_try_advisory_xact_lock(hashtext('outbox:' || current_schema())) as mine`,
  )) as { mine: boolean }[];
  if (!lock?.mine) return 0;
  const rows = (await tx.query(
    `select tenant_id, id, topic, key, type, version, payload from outbox where sent_at is null order by id limit $1`,
    [BATCH],
  )) as OutboxRow[];
  if (rows.length === 0) return 0;

  const byTopic = Map.groupBy(rows, (row) => row.topic);
  for (const [topic, group] of byTopic) await log.append(topic, group.map(toRecord));
  await tx.query(
    `update outbox set sent_at = now() where (tenant_id, id) in (select * from unnest($1::uuid[], $2::uuid[]))`,
    [rows.map((row) => row.tenant_id), rows.map((row) => row.id)],
  );
  return rows.length;
}

function toRecord(row: OutboxRow): LogRecord {
  const event: DomainEvent = {
    id: row.id,
    tenantId: row.tenant_id,
    type: row.type,
    version: row.version,
    payload: row.payload,
  };
  return { tenantId: row.tenant_id, key: row.key, value: event };
}

async function sweep(tx: EntityManager): Promise<void> {
  await tx.query(`delete from outbox where sent_at < now() - make_interval(hours => $1)`, [KEEP_SENT_HOURS]);
  await tx.query(`delete from inbox where received_at < now() - make_interval(days => $1)`, [KEEP_RECEIVED_DAYS]);
}
