import { z } from 'zod';
import { actorId, type TenantCtx } from '../../kernel/context';
import { DomainError } from '../../kernel/errors';
import { TOPICS, type LogRecord } from '../../kernel/log/log';
import { defineFreeVerb } from '../../kernel/verb';
import { checkEvent, readSent, type EventProblem, type SentEvent } from './check-event';
import { eventSchemas, type EventSchema, type NoSchema } from './event-schemas';
import { eventKey, REPETITION_MS, type RawEvent } from './raw-event';

export const MAX_EVENTS = 10_000;

/** What is wrong with one event of a call. */
export interface EventError extends EventProblem {
  /** Its place in the call, from 0. */
  index: number;
}

export interface Ingested {
  /** Durable now; queries see them a moment later. */
  accepted: number;
  /** Ids that this call or an earlier one of the last 24 hours has brought already. */
  duplicates: number;
  errors: EventError[];
}

/**
 * Takes events of a tenant. Each is checked against the schema of its dataset; bad ones are answered one by one and the good ones are kept.
 * Resolves when those are durable in the log. Each record in the log carries who sent it and by which request, which is the trail of this
 * verb: an audit row for each call would be as large as the events themselves.
 */
export const ingestEvents = defineFreeVerb({
  name: 'analytics.ingestEvents',
  access: 'ingest:events',
  input: z.object({
    /** Name of the dataset of events that name none. */
    dataset: z.string().nullish(),
    events: z.array(z.unknown()).max(MAX_EVENTS, `send at most ${MAX_EVENTS} events in a call`),
  }),
  async run(ctx, { dataset, events }): Promise<Ingested> {
    const errors: EventError[] = [];
    const sent = new Map<number, SentEvent & { dataset: string }>();
    events.forEach((value, index) => {
      const event = readSent(value);
      const name = 'code' in event ? '' : (event.dataset ?? dataset);
      if ('code' in event) errors.push({ index, ...event });
      else if (!name) errors.push({ index, code: 'INVALID_INPUT', message: 'Say which dataset the event is for.' });
      else sent.set(index, { ...event, dataset: name });
    });

    const schemas = await schemasOf(ctx, [...sent.values()]);
    const now = ctx.clock.now();
    const good: RawEvent[] = [];
    for (const [index, event] of sent) {
      const checked = checkEvent(event, schemas.get(event.dataset)!, now);
      if ('code' in checked) errors.push({ index, ...checked });
      else good.push(checked);
    }
    const fresh = await withoutRepetitions(ctx, good);
    await append(ctx, fresh);
    errors.sort((a, b) => a.index - b.index);
    return { accepted: fresh.length, duplicates: good.length - fresh.length, errors };
  },
});

async function schemasOf(
  ctx: TenantCtx,
  events: readonly { dataset: string }[],
): Promise<Map<string, EventSchema | NoSchema>> {
  const names = [...new Set(events.map(({ dataset }) => dataset))];
  // PostgreSQL has no NUL character: no dataset is called that.
  const askable = names.filter((name) => !name.includes('\0'));
  const schemas =
    names.length === 0
      ? new Map<string, EventSchema | NoSchema>()
      : await ctx.stores.database.withTenant(ctx, (tx) => eventSchemas(tx, ctx.tenantId, askable));
  for (const name of names) {
    if (!schemas.has(name)) schemas.set(name, { code: 'NOT_FOUND', message: 'There is no such event dataset here.' });
  }
  return schemas;
}

/**
 * Leaves out the ids that this call brings twice or that are in the columns already. What an earlier call brought but nobody has planned
 * yet is told on the way into the columns, which decides.
 */
async function withoutRepetitions(ctx: TenantCtx, events: readonly RawEvent[]): Promise<RawEvent[]> {
  const named = new Map<string, RawEvent>();
  const fresh = events.filter((event) => !event.given);
  for (const event of events) if (event.given) named.set(eventKey(event), named.get(eventKey(event)) ?? event);
  if (named.size === 0) return fresh;
  const since = new Date(ctx.clock.now().getTime() - REPETITION_MS);
  const seen = await ctx.stores.database.withTenant(
    ctx,
    async (tx) =>
      (await tx.query(
        `select event_key from seen_event where tenant_id = $1 and event_key = any($2::uuid[]) and seen_at > $3`,
        [ctx.tenantId, [...named.keys()], since],
      )) as { event_key: string }[],
  );
  for (const { event_key } of seen) named.delete(event_key);
  return [...fresh, ...named.values()];
}

async function append(ctx: TenantCtx, events: readonly RawEvent[]): Promise<void> {
  if (events.length === 0) return;
  const { quota, log } = ctx.stores;
  const reservation = await quota.reserve(ctx.tenantId, 'events', events.length);
  if (!reservation.granted) {
    const { remaining, resetAt } = reservation;
    throw new DomainError(
      'QUOTA_EXCEEDED',
      `This would exceed the workspace's limit of events: ${remaining} are left until ${resetAt.toISOString()}. Send fewer, or ask for a higher limit.`,
      { remaining, resetAt: resetAt.toISOString() },
    );
  }
  const headers = { actor: `${ctx.actor.kind}:${actorId(ctx.actor) ?? ''}`, request: ctx.requestId };
  const records = events.map((value): LogRecord => ({ tenantId: ctx.tenantId, key: value.id, value, headers }));
  try {
    await log.append(TOPICS.rawEvents.name, records, ctx.signal);
  } catch (error) {
    await quota
      .release(ctx.tenantId, reservation)
      .catch((cause: unknown) => ctx.log.warn({ err: cause }, 'quota not given back'));
    throw error;
  }
  // The events are in: a quota that cannot be settled now stays as it was reserved, which is right.
  await quota
    .settle(ctx.tenantId, reservation, events.length)
    .catch((cause: unknown) => ctx.log.warn({ err: cause }, 'quota not settled'));
}
