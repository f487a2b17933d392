import { z } from 'zod';
import type { ErrorCode } from '../../kernel/errors';
import { newId } from '../../kernel/ids';
import type { EventSchema, NoSchema } from './event-schemas';
import { parseTime, placeProperties } from './property-values';
import type { RawEvent } from './raw-event';

/** One event, as JSON text. */
export const MAX_EVENT_BYTES = 64 * 1024;
/** Clocks of clients run ahead. */
const AHEAD_MS = 24 * 3_600_000;

export interface EventProblem {
  code: ErrorCode;
  message: string;
}

/** What a client sends. Anything else in it is a mistake the client wants to hear of. */
const sent = z.strictObject({
  id: z.string().min(1, 'may not be empty').max(128, 'may have 128 characters at most').nullish(),
  name: z
    .string({ error: 'must be a text' })
    .trim()
    .min(1, 'may not be empty')
    .max(200, 'may have 200 characters at most'),
  time: z.union([z.string(), z.date()], { error: 'must be a time such as "2026-01-31T12:00:00Z"' }).nullish(),
  dataset: z.string().nullish(),
  properties: z.record(z.string(), z.unknown(), { error: 'must be an object of properties' }).nullish(),
});

export type SentEvent = z.output<typeof sent>;

/** The event as it was sent, or what is wrong with its form. */
export function readSent(value: unknown): SentEvent | EventProblem {
  const result = sent.safeParse(value);
  if (!result.success) {
    const { path, message, ...issue } = result.error.issues[0]!;
    if (issue.code === 'unrecognized_keys') {
      const keys = issue.keys.map((key) => `"${key.slice(0, 100)}"`).join(', ');
      return {
        code: 'INVALID_INPUT',
        message: `An event has no ${keys}. Put fields of the dataset under "properties".`,
      };
    }
    const text =
      path.length === 0
        ? 'An event is an object such as {"name": "visit", "properties": {}}.'
        : `"${path.join('.')}" ${message}.`;
    return { code: 'INVALID_INPUT', message: text };
  }
  if (
    JSON.stringify(value).length * 3 > MAX_EVENT_BYTES &&
    Buffer.byteLength(JSON.stringify(value)) > MAX_EVENT_BYTES
  ) {
    return { code: 'PAYLOAD_TOO_LARGE', message: `One event may have ${MAX_EVENT_BYTES / 1024} KB at most.` };
  }
  return result.data;
}

/** The event that goes to the log, or what is wrong with it. */
export function checkEvent(event: SentEvent, schema: EventSchema | NoSchema, now: Date): RawEvent | EventProblem {
  if ('code' in schema) return schema;
  const receivedAt = now.getTime();
  const time =
    event.time instanceof Date ? event.time.getTime() : event.time == null ? receivedAt : parseTime(event.time);
  if (time === null) {
    return { code: 'INVALID_INPUT', message: '"time" must be a time such as "2026-01-31T12:00:00Z".' };
  }
  if (!(time >= 0 && time <= receivedAt + AHEAD_MS)) {
    return { code: 'INVALID_INPUT', message: '"time" must lie between 1970 and a day from now.' };
  }
  const placed = placeProperties(schema.fields, event.properties ?? {});
  if ('code' in placed) return placed;
  return {
    v: 1,
    datasetId: schema.datasetId,
    id: event.id?.toWellFormed() ?? newId(),
    given: event.id != null,
    name: event.name.toWellFormed(),
    time,
    receivedAt,
    ...placed,
  };
}
