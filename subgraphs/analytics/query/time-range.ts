import { durationToMs } from '../../kernel/graphql/scalars';
import type { MetricQuery } from './metric-query.input';
import type { PlanRange } from './plan';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const STEPS = [1, 5, 10, 30].map((n) => n * SECOND).concat([1, 5, 15, 60].map((n) => n * MINUTE));

/**
 * The step in which a moving window moves: the longest of 1 s … 1 h that is not longer than a sixtieth of it. In between the answer depends
 * on the data alone, so it can be cached and shared.
 */
export function windowStep(lastMs: number): number {
  return STEPS.findLast((step) => step <= lastMs / 60) ?? SECOND;
}

/** The range in milliseconds. `last` reaches from the step in which the window begins to the end of the step that `now` is in. */
export function resolveRange(timeRange: MetricQuery['timeRange'], now: Date): PlanRange {
  if (!timeRange) return { from: null, to: null };
  if (!timeRange.last) return { from: toMs(timeRange.from), to: toMs(timeRange.to) };
  const last = durationToMs(timeRange.last);
  const step = windowStep(last);
  const floor = (at: number): number => Math.floor(at / step) * step;
  return { from: floor(now.getTime() - last), to: floor(now.getTime()) + step };
}

/** Milliseconds until the answer of a moving window may change by itself; null when it never does. */
export function untilNextStep(timeRange: MetricQuery['timeRange'], now: Date): number | null {
  if (!timeRange?.last) return null;
  const last = durationToMs(timeRange.last);
  const step = windowStep(last);
  const until = (at: number): number => step - (((at % step) + step) % step);
  return Math.min(until(now.getTime()), until(now.getTime() - last));
}

const toMs = (iso: string | null): number | null => (iso === null ? null : new Date(iso).getTime());
