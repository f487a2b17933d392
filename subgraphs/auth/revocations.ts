import type { SubgraphRuntime } from '../kernel/subgraph';
import { REVOCATIONS, type RevocationSignal } from './events';
import { ACCESS_TOKEN_SECONDS } from './tokens';

const RELOAD_MS = 10_000;

/** Which sessions ended while access tokens of theirs still live; kept in memory, so that every request can ask. */
export interface Revocations {
  /** @param sessionId the `sid` of an access token. */
  isRevoked(sessionId: string): boolean;
  /** Calls `listener` for each session that ends from now on, so that its streams can be cut. Answers how to stop it. */
  onRevoked(listener: (sessionId: string) => void): () => void;
  /** All of them, with the time (milliseconds) at which their last access token ends. */
  list(): { id: string; until: number }[];
}

/**
 * Follows revocations for whoever checks access tokens. Signals tell at once; the table is read at the start, after a gap in the signals and
 * every ten seconds, so that a lost signal costs seconds. Owned by the runtime's lifecycle.
 */
export async function openRevocations(runtime: SubgraphRuntime): Promise<Revocations> {
  const { stores, clock, lifecycle, logger } = runtime;
  const endsAt = new Map<string, number>();
  const listeners = new Set<(sessionId: string) => void>();

  const add = (sessionId: string, until: number): void => {
    if (endsAt.has(sessionId)) return;
    endsAt.set(sessionId, until);
    for (const listener of listeners) listener(sessionId);
  };
  const load = async (): Promise<void> => {
    const now = clock.now().getTime();
    for (const [sessionId, until] of endsAt) if (until <= now) endsAt.delete(sessionId);
    const since = new Date(now - ACCESS_TOKEN_SECONDS * 1_000);
    const rows = await stores.database.control(
      (tx) =>
        tx.query(`select id, revoked_at as "revokedAt" from sessions where revoked_at > $1`, [since]) as Promise<
          { id: string; revokedAt: Date }[]
        >,
    );
    for (const { id, revokedAt } of rows) add(id, revokedAt.getTime() + ACCESS_TOKEN_SECONDS * 1_000);
  };
  const reload = (): Promise<void> =>
    load().catch((error: unknown) => logger.warn({ err: error }, 'revocations could not be read; next try in 10 s'));

  const unsubscribe = await stores.pubsub.subscribe<RevocationSignal>(
    REVOCATIONS,
    ({ sessionId, accessTokensEndAt }) => add(sessionId, Date.parse(accessTokensEndAt)),
    reload,
  );
  await load();
  let reloading: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    reloading = reload();
  }, RELOAD_MS).unref();
  lifecycle.own('auth revocations', async () => {
    clearInterval(timer);
    await unsubscribe();
    await reloading;
  });

  return {
    isRevoked: (sessionId) => endsAt.has(sessionId),
    onRevoked(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    list: () => [...endsAt].map(([id, until]) => ({ id, until })),
  };
}
