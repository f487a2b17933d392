import { createHash } from 'node:crypto';
import { z } from 'zod';

/** Times the columns can hold: 1970 up to 2100. */
export const LATEST_TIME = Date.UTC(2100, 0, 1);
const time = z.number().int().min(0).max(LATEST_TIME);

/** What travels on `raw-events`, checked against the dataset's schema before. The tenant is the record's, the key the event's id. */
export const rawEvent = z.object({
  v: z.literal(1),
  datasetId: z.uuid(),
  id: z.string().min(1).max(128),
  /** The client named it: a repetition can come. */
  given: z.boolean(),
  name: z.string(),
  /** When it happened and when it was taken, milliseconds since the epoch. */
  time,
  receivedAt: time,
  /** STRING, and DATE and DATETIME as ISO texts. */
  strings: z.record(z.string(), z.string()),
  /** INTEGER, FLOAT, and BOOLEAN as 0 and 1. */
  numbers: z.record(z.string(), z.number()),
});

export type RawEvent = z.infer<typeof rawEvent>;

/** An id is the client's own within one dataset: this is what tells a repetition, as a UUID. */
export function eventKey({ datasetId, id }: Pick<RawEvent, 'datasetId' | 'id'>): string {
  const hex = createHash('sha256').update(`${datasetId}/${id}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}

/** Repetitions of an id within this time are dropped; later ones count as new events. */
export const REPETITION_MS = 24 * 3_600_000;

export const WINDOW_MS = 300_000;
