import type { TxCtx } from '../context';
import { TOPICS, type Consumer } from '../log/log';
import type { SubgraphRuntime } from '../subgraph';
import { firstDelivery, type DomainEvent } from './outbox';

const ATTEMPTS = 5;

export interface EventHandlers {
  /** By event type. Runs in a transaction of the event's tenant; a repeated delivery never reaches it. */
  [type: string]: (ctx: TxCtx, event: DomainEvent) => Promise<void>;
}

/**
 * Lets a subgraph follow `domain-events` (or `audit-events`). Each event's work and its inbox row commit together, so its effect happens
 * once. An event that still fails after some attempts goes to the dead-letter topic and the rest goes on.
 */
export function consumeEvents(
  runtime: SubgraphRuntime,
  group: string,
  handlers: EventHandlers,
  topic: string = TOPICS.domainEvents.name,
): Promise<Consumer> {
  const { log, database } = runtime.stores;
  const failures = new Map<string, number>();

  const apply = async (event: DomainEvent): Promise<void> => {
    const handler = handlers[event.type];
    if (!handler) return;
    const ctx = runtime.serviceCtx(event.tenantId);
    await database.withTenant(ctx, async (tx) => {
      if (await firstDelivery(tx, event.tenantId, group, event.id))
        await handler({ ...ctx, tenantId: event.tenantId, tx }, event);
    });
  };

  return log.consume({
    group,
    topic,
    from: 'earliest',
    async handle(batch) {
      for (const record of batch.records) {
        const event = record.value as DomainEvent;
        try {
          await apply(event);
          failures.delete(event.id);
        } catch (error) {
          const count = (failures.get(event.id) ?? 0) + 1;
          failures.set(event.id, count);
          runtime.logger.warn(
            { err: error, tenant_id: event.tenantId, event: event.id, type: event.type, attempt: count },
            'event failed',
          );
          if (count < ATTEMPTS) {
            await batch.commit(record.offset);
            throw error;
          }
          failures.delete(event.id);
          const reason = error instanceof Error ? error.message : String(error);
          await log.append(`${topic}.dead`, [{ ...record, headers: { ...record.headers, group, reason } }]);
        }
      }
      await batch.commit(batch.nextOffset);
    },
  });
}
