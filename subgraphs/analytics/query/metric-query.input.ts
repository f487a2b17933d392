import { z } from 'zod';
import { durationToMs } from '../../kernel/graphql/scalars';
import { filterInput } from './filters';
import { TimeGrain } from './plan';

export const MOST_ROWS = 10_000;

const instant = z
  .union([z.date(), z.iso.datetime({ offset: true })], { error: 'not a time; write 2026-01-31T12:00:00Z' })
  .transform((value) => new Date(value).toISOString());

const duration = z.string().refine(isDuration, 'not a duration; write for example PT5M, PT24H or P7D');

const timeRange = z
  .object({ from: instant.nullish(), to: instant.nullish(), last: duration.nullish() })
  .refine(({ from, to, last }) => !last || (!from && !to), { error: 'give "last" or "from"/"to", not both' })
  .refine(({ from, to }) => !from || !to || from < to, { error: '"from" must be before "to"' })
  .transform(({ from, to, last }) => ({ from: from ?? null, to: to ?? null, last: last ?? null }));

const names = (most: number) =>
  z
    .array(z.string().max(130))
    .max(most, `at most ${most}`)
    .refine((given) => new Set(given).size === given.length, 'each name once');

const list = <T extends z.ZodType>(schema: T) => z.array(schema).max(30, 'at most 30').nullish();

/** A metric query, normalised: equal questions are equal values, ready to be stored with a tile or to be part of a fingerprint. */
export const metricQueryInput = z.object({
  dataset: z.string().max(100),
  measures: names(20).min(1, 'name at least one measure'),
  dimensions: names(10)
    .nullish()
    .transform((given) => given ?? []),
  filters: list(filterInput).transform((given) => given ?? []),
  timeRange: timeRange.nullish().transform((given) => given ?? null),
  grain: z
    .enum(TimeGrain)
    .nullish()
    .transform((given) => given ?? null),
  orderBy: list(z.object({ field: z.string().max(130), descending: z.boolean().nullish() })).transform((given) =>
    (given ?? []).map(({ field, descending }) => ({ field, descending: descending ?? false })),
  ),
  limit: z
    .number()
    .int()
    .min(1, 'at least 1')
    .max(MOST_ROWS, `at most ${MOST_ROWS.toLocaleString('en')} rows; narrow the query or export it`)
    .nullish()
    .transform((given) => given ?? 1_000),
});

export type MetricQueryInput = z.input<typeof metricQueryInput>;
export type MetricQuery = z.output<typeof metricQueryInput>;

function isDuration(text: string): boolean {
  try {
    return durationToMs(text) > 0;
  } catch {
    return false;
  }
}
