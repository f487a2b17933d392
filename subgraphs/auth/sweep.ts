import type { SubgraphRuntime } from '../kernel/subgraph';

const EVERY_MS = 60 * 60_000;
/** Ended sessions and used tokens stay for a while, so that a late replay is still recognised. */
const KEEP_MS = 24 * 60 * 60_000;

/** Removes what has ended: once now, then every hour. Several processes may do it. */
export function startSweep(runtime: SubgraphRuntime): () => Promise<void> {
  let running: Promise<void> = Promise.resolve();
  const sweep = () => {
    running = sweepOnce(runtime).catch((error: unknown) =>
      runtime.logger.warn({ err: error }, 'ended sessions were not removed; next try in an hour'),
    );
  };
  const timer = setInterval(sweep, EVERY_MS).unref();
  sweep();
  return async () => {
    clearInterval(timer);
    await running;
  };
}

/** Refresh tokens and sessions whose end is a day past. */
export async function sweepOnce({ stores, clock }: SubgraphRuntime): Promise<void> {
  const past = new Date(clock.now().getTime() - KEEP_MS);
  await stores.database.control(async (tx) => {
    await tx.query(`delete from refresh_tokens where expires_at < $1`, [past]);
    await tx.query(`delete from sessions where expires_at < $1`, [past]);
  });
}
