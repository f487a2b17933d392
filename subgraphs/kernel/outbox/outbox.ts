import type { EntityManager } from 'typeorm';
import { controlAccess, sqlMigration, tenantWall } from '../database/migrations';
import { DomainError } from '../errors';
import { newId } from '../ids';
import { MAX_RECORD_BYTES, TOPICS } from '../log/log';

/** Room is left for the envelope around it. */
const MAX_PAYLOAD_BYTES = MAX_RECORD_BYTES - 16 * 1024;

export interface OutboxMessage {
  /** Also the id under which consumers recognise a repeated delivery. */
  id: string;
  tenantId: string;
  topic: string;
  key: string;
  type: string;
  version: number;
  payload: unknown;
}

/** What travels on `domain-events` and `audit-events`. */
export interface DomainEvent<P = unknown> {
  id: string;
  tenantId: string;
  type: string;
  version: number;
  payload: P;
}

/** Writes a message into the caller's transaction: it is sent if, and only if, that commits. */
export async function writeOutbox(tx: EntityManager, message: OutboxMessage): Promise<void> {
  const payload = JSON.stringify(message.payload);
  // The log would refuse it, and with it all that waits behind it.
  if (Buffer.byteLength(payload) > MAX_PAYLOAD_BYTES) {
    throw new DomainError('PAYLOAD_TOO_LARGE', 'This change is too large to be recorded. Send less at once.');
  }
  await tx.query(
    `insert into outbox (tenant_id, id, topic, key, type, version, payload) values ($1, $2, $3, $4, $5, $6, $7)`,
    [message.tenantId, message.id, message.topic, message.key, message.type, message.version, payload],
  );
}

/**
 * Announces that something happened, to whoever listens on `domain-events`.
 *
 * @param key the aggregate's id: events of one aggregate keep their order.
 */
export function emitEvent(
  tx: EntityManager,
  event: { tenantId: string; key: string; type: string; version?: number; payload: unknown },
): Promise<void> {
  return writeOutbox(tx, { id: newId(), topic: TOPICS.domainEvents.name, version: 1, ...event });
}

/**
 * First use of this event by this consumer? Call it in the transaction that does the work: a repeated delivery then does nothing.
 */
export async function firstDelivery(
  tx: EntityManager,
  tenantId: string,
  consumer: string,
  eventId: string,
): Promise<boolean> {
  const rows = (await tx.query(
    `insert into inbox (tenant_id, consumer, event_id) values ($1, $2, $3) on conflict do nothing returning event_id`,
    [tenantId, consumer, eventId],
  )) as unknown[];
  return rows.length > 0;
}

/** The tables that every subgraph's schema begins with. */
export const outboxMigration = sqlMigration(
  1_700_000_000_000,
  'CreateOutbox',
  (roles) => `
  create table outbox (
    tenant_id uuid not null,
    id uuid not null,
    topic text not null,
    key text not null,
    type text not null,
    version int not null,
    payload jsonb not null,
    created_at timestamptz not null default now(),
    sent_at timestamptz,
    primary key (tenant_id, id)
  );
  create index outbox_unsent on outbox (id) where sent_at is null;
  create index outbox_sent on outbox (sent_at) where sent_at is not null;
  ${tenantWall('outbox')}
  ${controlAccess('outbox', 'select, insert, update, delete', roles)}
  create table inbox (
    tenant_id uuid not null,
    consumer text not null,
    event_id uuid not null,
    received_at timestamptz not null default now(),
    primary key (tenant_id, consumer, event_id)
  );
  create index inbox_age on inbox (received_at);
  ${tenantWall('inbox')}
  ${controlAccess('inbox', 'select, insert, delete', roles)}
  create function outbox_notify() returns trigger language plpgsql as $$ begin
    perform pg_notify('outbox_${roles.schema}', ''); return null;
  end $$;
  create trigger outbox_notify after insert on outbox for each statement execute function outbox_notify();
`,
);
