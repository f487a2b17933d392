import { DomainError } from '../kernel/errors';
import type { Stores } from '../kernel/stores';
import type { LiveEngine } from './live/live-engine';
import type { DataVersions } from './query/data-versions';
import type { SingleFlight } from './query/single-flight';
import type { Watermark } from './query/watermark';

/** What one running analytics subgraph keeps in memory. */
export interface AnalyticsServices {
  readonly versions: DataVersions;
  readonly flights: SingleFlight;
  readonly engine: LiveEngine;
  readonly watermark: Watermark;
}

// By the stores of a running subgraph, so that two of them in one process (tests do that) share nothing.
const running = new WeakMap<Stores, AnalyticsServices>();

export const provideServices = (stores: Stores, services: AnalyticsServices): void =>
  void running.set(stores, services);

/** Throws UNAVAILABLE before the subgraph has started. */
export function servicesOf(stores: Stores): AnalyticsServices {
  const services = running.get(stores);
  if (!services) throw new DomainError('UNAVAILABLE', 'Analytics is still starting. Try again in a moment.');
  return services;
}
