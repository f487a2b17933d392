import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** The gateway's measurements, in a registry of its own. Labels hold names of the schema and statuses only, never a client's text. */
export class GatewayMetrics {
  readonly registry = new Registry();

  private readonly requests = this.histogram('gateway_request_seconds', 'Operations by kind and outcome', [
    'kind',
    'status',
  ]);
  private readonly fetches = this.histogram('gateway_subgraph_fetch_seconds', 'Fetches by subgraph and outcome', [
    'subgraph',
    'outcome',
  ]);
  private readonly rest = this.histogram('gateway_rest_seconds', 'REST requests by route and status', [
    'route',
    'status',
  ]);
  readonly subscriptions = new Gauge({
    name: 'gateway_subscriptions',
    help: 'Subscriptions that are open',
    registers: [this.registry],
  });
  readonly sockets = new Gauge({
    name: 'gateway_websockets',
    help: 'WebSockets that are open',
    registers: [this.registry],
  });

  constructor(processMetrics = false) {
    if (processMetrics) collectDefaultMetrics({ register: this.registry });
  }

  /** @param seconds how long the operation took. */
  observeRequest(kind: string, status: string, seconds: number): void {
    this.requests.observe({ kind, status }, seconds);
  }

  observeRest(route: string, status: number, seconds: number): void {
    this.rest.observe({ route, status }, seconds);
  }

  startFetch(subgraph: string): (outcome: 'ok' | 'errors' | 'failed') => void {
    const begin = performance.now();
    return (outcome) => this.fetches.observe({ subgraph, outcome }, (performance.now() - begin) / 1_000);
  }

  private histogram<T extends string>(name: string, help: string, labelNames: T[]): Histogram<T> {
    return new Histogram({ name, help, labelNames, buckets: BUCKETS, registers: [this.registry] });
  }
}
