import { useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { stringifyDocument } from 'urql';
import { LiveDashboardDocument, type LiveDashboardSubscription } from '../../gql/graphql';
import { useConnection } from '../../lib/connection-context';
import type { StreamError } from '../../lib/live/live-socket';
import type { TileState } from './live-reducer';
import { LiveStore } from './live-store';

const QUERY = stringifyDocument(LiveDashboardDocument);

/** A hidden tab gets no animation frames; a timer keeps its numbers (and its memory) up to date. */
const nextFrame = (flush: () => void): void => {
  if (document.visibilityState === 'visible') requestAnimationFrame(flush);
  else setTimeout(flush, 250);
};

export interface LiveDashboard {
  store: LiveStore;
  /** The stream as a whole was refused, for instance because the dashboard is gone. */
  failure: StreamError | undefined;
  retry(): void;
}

/**
 * Streams a dashboard's tiles into a store. After a dropped connection the stream continues from the last resume token; tiles that are
 * added, edited or removed meanwhile are followed by the server in the same stream.
 */
export function useLiveDashboard(id: string): LiveDashboard {
  const { socket } = useConnection();
  // A store per dashboard: another id must not show the rows of the last one.
  const store = useMemo(() => new LiveStore(nextFrame), [id]);
  const [failure, setFailure] = useState<StreamError>();
  const [attempt, setAttempt] = useState(0);

  useEffect(() => {
    store.restart();
    setFailure(undefined);
    return socket.stream(
      () => ({ query: QUERY, operationName: 'LiveDashboard', variables: { id, resume: store.resumeToken() ?? null } }),
      {
        next: (result) => {
          const data = result.data as LiveDashboardSubscription | null | undefined;
          if (data?.liveDashboard) store.push(data.liveDashboard);
          else if (result.errors?.[0]) setFailure(result.errors[0]);
        },
        error: (errors) => setFailure(errors[0]),
        complete: () => undefined,
      },
    );
  }, [socket, store, id, attempt]);

  useEffect(
    () =>
      store.subscribe(() => {
        if (store.getState().broken) setAttempt((count) => count + 1);
      }),
    [store],
  );

  return { store, failure, retry: () => setAttempt((count) => count + 1) };
}

/** One tile's slice; renders again only when that tile changed. */
export function useTile(store: LiveStore, tileId: string): TileState | undefined {
  return useSyncExternalStore(store.subscribe, () => store.tile(tileId));
}
