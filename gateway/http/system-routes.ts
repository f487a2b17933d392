import type { FastifyInstance } from 'fastify';
import { readiness, type HealthCheck, type Readiness } from '../../subgraphs/kernel/health';
import type { GatewayMetrics } from './metrics';

/** Liveness, readiness and measurements. */
export function addSystemRoutes(
  app: FastifyInstance,
  checks: () => readonly HealthCheck[],
  metrics: GatewayMetrics,
): void {
  // Anybody may ask: however many do at once, the stores and subgraphs are asked once.
  let running: Promise<Readiness> | undefined;
  const probe = (): Promise<Readiness> => (running ??= readiness(checks()).finally(() => (running = undefined)));

  app.get('/healthz', async (_request, reply) => reply.header('cache-control', 'no-store').send({ status: 'ok' }));

  app.get('/readyz', async (request, reply) => {
    const result = await probe();
    for (const [name, { ok, error }] of Object.entries(result.checks)) {
      if (!ok) request.gateway.log.warn({ check: name, reason: error }, 'not ready');
    }
    // Errors of checks can hold addresses and names of the inside; they are logged, not served.
    const shown = Object.fromEntries(Object.entries(result.checks).map(([name, { ok }]) => [name, { ok }]));
    return reply
      .code(result.ready ? 200 : 503)
      .header('cache-control', 'no-store')
      .send({ ready: result.ready, checks: shown });
  });

  app.get('/metrics', async (_request, reply) =>
    reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  );
}
