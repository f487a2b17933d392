/** One thing that must work for the process to serve, e.g. a store. Throws when it does not. Must answer within its own timeout. */
export interface HealthCheck {
  name: string;
  check(signal: AbortSignal): Promise<void>;
}

export interface Readiness {
  ready: boolean;
  checks: Record<string, { ok: boolean; error?: string }>;
}

const TIMEOUT_MS = 2_000;

/** Runs all checks side by side, each with a deadline, so that one hanging store cannot hang the probe. */
export async function readiness(checks: readonly HealthCheck[]): Promise<Readiness> {
  const results = await Promise.all(checks.map(async ({ name, check }) => [name, await outcome(check)] as const));
  return { ready: results.every(([, result]) => result.ok), checks: Object.fromEntries(results) };
}

async function outcome(check: HealthCheck['check']): Promise<{ ok: boolean; error?: string }> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const deadline = new Promise<never>((_, reject) =>
    signal.addEventListener('abort', () => reject(new Error(`no answer in ${TIMEOUT_MS} ms`)), { once: true }),
  );
  try {
    await Promise.race([check(signal), deadline]);
    return { ok: true };
  } catch (error) {
    return { ok: false, error: error instanceof Error ? error.message : String(error) };
  }
}
