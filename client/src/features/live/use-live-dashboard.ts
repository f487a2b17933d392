import { useCallback, useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { stringifyDocument } from 'urql';
import { LiveDashboardDocument, type LiveDashboardSubscription } from '../../gql/graphql';
import { useConnection } from '../../lib/connection-context';
import type { StreamError } from '../../lib/live/live-types';
import type { TileState } from './live-reducer';
import { LiveStore } from './live-store';
import { nextFrame } from './next-frame';
import { mayPass, retryDelay } from './retry-policy';

const QUERY = stringifyDocument(LiveDashboardDocument);

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
  const retry = useCallback(() => setAttempt((count) => count + 1), []);

  useEffect(() => {
    store.restart();
    setFailure(undefined);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const retryIn = (ms: number): void => void (timer ??= setTimeout(retry, ms));
    const fail = (error: StreamError | undefined): void => {
      setFailure(error);
      if (mayPass(codeOf(error))) retryIn(retryDelay());
    };
    const stop = socket.stream(
      () => ({ query: QUERY, operationName: 'LiveDashboard', variables: { id, resume: store.resumeToken() ?? null } }),
      {
        next: (result) => {
          const data = result.data as LiveDashboardSubscription | null | undefined;
          if (data?.liveDashboard) store.push(data.liveDashboard);
          else fail(result.errors?.[0]);
        },
        error: (errors) => fail(errors[0]),
        // The server has no reason to end this stream; whatever its reason was, stale numbers are worse.
        complete: () => retryIn(1_000),
      },
    );
    const unlisten = store.subscribe(() => {
      const { broken, tiles } = store.getState();
      if (broken) retryIn(0);
      else if (Object.values(tiles).some(({ error }) => error && mayPass(error.code))) retryIn(retryDelay());
    });
    return () => {
      clearTimeout(timer);
      unlisten();
      stop();
    };
  }, [socket, store, id, attempt, retry]);

  return { store, failure, retry };
}

const codeOf = (error: StreamError | undefined): string => {
  const code = error?.extensions?.['code'];
  return typeof code === 'string' ? code : 'INTERNAL';
};

/** One tile's slice; renders again only when that tile changed. */
export function useTile(store: LiveStore, tileId: string): TileState | undefined {
  return useSyncExternalStore(store.subscribe, () => store.tile(tileId));
}
