import { Suspense, useEffect, useState } from 'react';
import { Navigate, Outlet, useLocation } from 'react-router';
import { Provider, useQuery } from 'urql';
import { MeDocument } from '../gql/graphql';
import { ConnectionContext } from '../lib/connection-context';
import { MeContext } from '../lib/me';
import { createConnection, type Connection } from '../lib/urql';
import { useSession } from '../lib/use-session';
import { ErrorBoundary } from './error-boundary';
import { PageSkeleton } from './page-skeleton';
import { Shell } from './shell';

/** Pages behind sign-in: one connection per user, closed when the user changes or leaves. */
export function SignedIn() {
  const state = useSession();
  const location = useLocation();
  const userId = state.status === 'signed-in' ? state.session.userId : undefined;
  const [connection, setConnection] = useState<Connection>();

  useEffect(() => {
    if (!userId) return;
    const opened = createConnection();
    setConnection(opened);
    return () => {
      opened.close();
      setConnection(undefined);
    };
  }, [userId]);

  if (!userId) return <Navigate to="/sign-in" replace state={{ from: location.pathname + location.search }} />;
  if (!connection) return null;
  return (
    <Provider value={connection.client}>
      <ConnectionContext value={connection}>
        <WithMe />
      </ConnectionContext>
    </Provider>
  );
}

function WithMe() {
  const [{ data }] = useQuery({ query: MeDocument });
  const { pathname } = useLocation();
  return (
    <MeContext value={data?.me ?? undefined}>
      <Shell>
        <ErrorBoundary key={pathname}>
          <Suspense fallback={<PageSkeleton />}>
            <Outlet />
          </Suspense>
        </ErrorBoundary>
      </Shell>
    </MeContext>
  );
}
