import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { z } from 'zod';
import { anonymousIdentity } from '../../subgraphs/kernel/identity';
import { newId } from '../../subgraphs/kernel/ids';
import type { Lifecycle } from '../../subgraphs/kernel/lifecycle';
import type { Logger } from '../../subgraphs/kernel/logger';
import type { SubgraphTransport } from '../../subgraphs/kernel/transport';

/** Sessions that ended before their access tokens do. */
export interface Revocations {
  isRevoked(sessionId: string): boolean;
  /** Told once of each; answers what stops listening. */
  onRevoked(listener: (sessionId: string) => void): () => void;
}

/** The transports are made just after this. */
const FIRST_POLL_MS = 250;
const POLL_MS = 2_000;
const TIMEOUT_MS = 5_000;
const answer = z.object({ sessions: z.array(z.object({ id: z.string(), until: z.number() })) });

/**
 * Follows the subgraph that knows, by asking it every two seconds: for a gateway without stores of its own. While it cannot be reached, what
 * is known stays in force; a token lives 15 minutes at most.
 */
export function revocationsFromSubgraph(
  transport: () => SubgraphTransport,
  { log, lifecycle, path = '/internal/revocations' }: { log: Logger; lifecycle: Lifecycle; path?: string },
): Revocations {
  const endsAt = new Map<string, number>();
  const listeners = new Set<(sessionId: string) => void>();
  let timer: NodeJS.Timeout | undefined;
  let failing = false;
  const stop = new AbortController();

  const poll = async (): Promise<void> => {
    try {
      const sessions = await fetchRevocations(transport(), path, stop.signal);
      const now = Date.now();
      for (const [id, until] of endsAt) if (until <= now) endsAt.delete(id);
      for (const { id, until } of sessions) {
        if (endsAt.has(id) || until <= now) continue;
        endsAt.set(id, until);
        for (const listener of listeners) listener(id);
      }
      failing = false;
    } catch (error) {
      if (!failing && !stop.signal.aborted) log.warn({ err: error }, 'revocations could not be read; trying again');
      failing = true;
    }
    if (!stop.signal.aborted) timer = setTimeout(() => void poll(), POLL_MS).unref();
  };
  timer = setTimeout(() => void poll(), FIRST_POLL_MS).unref();
  lifecycle.own('revocations', () => {
    stop.abort();
    clearTimeout(timer);
  });

  return {
    isRevoked: (sessionId) => endsAt.has(sessionId),
    onRevoked(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

async function fetchRevocations(
  transport: SubgraphTransport,
  path: string,
  signal: AbortSignal,
): Promise<{ id: string; until: number }[]> {
  const { status, body } = await transport.rest({
    method: 'GET',
    path,
    query: {},
    headers: { accept: 'application/json' },
    body: Readable.from([]),
    identity: anonymousIdentity(newId(), null),
    signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
  });
  const text =
    typeof body === 'string' ? body : (body instanceof Readable ? await buffer(body) : body).toString('utf8');
  if (status !== 200) throw new Error(`the revocations were answered with ${status}`);
  return answer.parse(JSON.parse(text)).sessions;
}
