import { StartError } from '../../kernel/database/start-error';
import type { Lifecycle } from '../../kernel/lifecycle';
import type { Child } from './child';

const TIMEOUT_MS = 120_000;

/**
 * Waits until the gateway and, through it, every subgraph can serve. Throws when that takes too long, and when the gateway ends meanwhile:
 * what answers then is somebody else's.
 */
export async function untilReady(url: string, gateway: Child, lifecycle: Lifecycle): Promise<void> {
  const deadline = Date.now() + TIMEOUT_MS;
  while (!lifecycle.isStopping) {
    if (gateway.failed > 0) {
      throw new StartError(
        `The gateway did not start at ${url}; its log says why. Is the port in use? PORT sets another one.`,
      );
    }
    try {
      if ((await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(3_000) })).ok) return;
    } catch {
      // It does not listen yet.
    }
    if (Date.now() > deadline)
      throw new StartError(`The services were not ready after ${TIMEOUT_MS / 1_000} s; their log says why.`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
