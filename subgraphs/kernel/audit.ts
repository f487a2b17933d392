import type { EntityManager } from 'typeorm';
import { actorId, type Ctx } from './context';
import { newId } from './ids';
import { TOPICS } from './log/log';
import { writeOutbox } from './outbox/outbox';

/** What was done to what. Never put secrets or whole rows into `details`. */
export interface AuditEntry {
  resource: { type: string; id: string };
  result?: 'success' | 'failure';
  details?: Record<string, unknown>;
}

/** Writes the audit record into the caller's transaction; the relay carries it to the durable log. */
export async function recordAudit(
  tx: EntityManager,
  ctx: Pick<Ctx, 'actor' | 'identity' | 'requestId' | 'clock'>,
  tenantId: string,
  action: string,
  entry: AuditEntry,
): Promise<void> {
  await writeOutbox(tx, {
    id: newId(),
    tenantId,
    topic: TOPICS.auditEvents.name,
    key: entry.resource.id,
    type: 'audit.recorded',
    version: 1,
    payload: {
      action,
      actor: { kind: ctx.actor.kind, id: actorId(ctx.actor) },
      resource: entry.resource,
      result: entry.result ?? 'success',
      details: entry.details ?? {},
      address: ctx.identity.address,
      requestId: ctx.requestId,
      at: ctx.clock.now().toISOString(),
    },
  });
}
