import { useState } from 'react';
import { Navigate, Outlet, useLocation } from 'react-router';
import { cacheExchange, Client, fetchExchange, Provider } from 'urql';
import { authorizedFetch, GRAPHQL_PATH } from '../lib/api';
import { useSession } from '../lib/use-session';

/** Pages for those who are not signed in. A client without a socket; whoever signs in is sent where they wanted to go. */
export function SignedOut() {
  const state = useSession();
  const location = useLocation();
  const [client] = useState(
    () =>
      new Client({
        url: GRAPHQL_PATH,
        preferGetMethod: false,
        fetch: authorizedFetch,
        exchanges: [cacheExchange, fetchExchange],
      }),
  );
  if (state.status === 'signed-in') return <Navigate to={destination(location.state)} replace />;
  return (
    <Provider value={client}>
      <Outlet />
    </Provider>
  );
}

const destination = (state: unknown): string =>
  typeof state === 'object' && state !== null && 'from' in state && typeof state.from === 'string' ? state.from : '/';
