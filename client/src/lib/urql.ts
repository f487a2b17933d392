import { cacheExchange, Client, fetchExchange, subscriptionExchange } from 'urql';
import { authorizedFetch, GRAPHQL_PATH, session } from './api';
import { LiveSocket } from './live/live-socket';
import { scopeOf } from './session/session';

/** The socket's address on the origin that served the app. */
const socketUrl = (): string => {
  const url = new URL(GRAPHQL_PATH, window.location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url.href;
};

export interface Connection {
  client: Client;
  socket: LiveSocket;
  close(): void;
}

/**
 * Everything urql needs, in one place: queries and mutations over `fetch` with the session's token, subscriptions over the shared socket.
 * Made anew for each scope (`scopeOf`: a user in a workspace), so that no cached answer of one is ever shown in another. Live dashboards use the socket directly
 * (`useLiveDashboard`) and never pass through urql's cache.
 */
export function createConnection(scope: string): Connection {
  const socket = new LiveSocket({
    url: socketUrl(),
    token: () => session.token(),
    replaceToken: (rejected) => session.replace(rejected),
  });
  const client = new Client({
    url: GRAPHQL_PATH,
    preferGetMethod: false,
    fetch: authorizedFetch,
    fetchOptions: { headers: { accept: 'application/json' } },
    exchanges: [
      cacheExchange,
      subscriptionExchange({
        forwardSubscription: (request) => ({
          subscribe: (sink) => ({
            unsubscribe: socket.stream(() => ({ query: request.query ?? '', variables: request.variables }), {
              next: (result) => sink.next(result as Parameters<typeof sink.next>[0]),
              error: (errors) => sink.error(errors),
              complete: () => sink.complete(),
            }),
          }),
        }),
      }),
      fetchExchange,
    ],
  });
  return { client, socket, close: keepConnected(socket, scope) };
}

/** Opens the socket and keeps it in step with the browser: network events, waking up, renewed tokens. Returns the undo. */
function keepConnected(socket: LiveSocket, scope: string): () => void {
  const online = (): void => socket.hurry();
  const offline = (): void => socket.lose();
  const visible = (): void => {
    if (document.visibilityState === 'visible') socket.hurry();
  };
  const renewed = session.subscribe(() => {
    const { state } = session;
    // The token of another workspace belongs to the connection that is about to replace this one.
    if (state.status === 'signed-in' && scopeOf(state.session) === scope) socket.sendToken(state.session.accessToken);
  });
  window.addEventListener('online', online);
  window.addEventListener('offline', offline);
  document.addEventListener('visibilitychange', visible);
  socket.open();
  return () => {
    window.removeEventListener('online', online);
    window.removeEventListener('offline', offline);
    document.removeEventListener('visibilitychange', visible);
    renewed();
    socket.close();
  };
}
