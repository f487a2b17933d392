import type { Stores } from '../kernel/stores';
import { DataVersions } from './query/data-versions';
import { SingleFlight } from './query/single-flight';

/** What one running analytics subgraph keeps in memory. */
export interface AnalyticsServices {
  readonly versions: DataVersions;
  readonly flights: SingleFlight;
}

// By the stores of a running subgraph, so that two of them in one process (tests do that) share nothing.
const running = new WeakMap<Stores, AnalyticsServices>();

export function servicesOf(stores: Stores): AnalyticsServices {
  let services = running.get(stores);
  if (!services) {
    services = { versions: new DataVersions(), flights: new SingleFlight() };
    running.set(stores, services);
  }
  return services;
}
