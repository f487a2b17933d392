import { Suspense, useEffect, useState } from 'react';
import { Navigate, Outlet, useLocation } from 'react-router';
import { Provider, useQuery } from 'urql';
import { MeDocument } from '../gql/graphql';
import { ConnectionContext } from '../lib/connection-context';
import { MeContext } from '../lib/me';
import { scopeOf } from '../lib/session/session';
import { createConnection, type Connection } from '../lib/urql';
import { useSession } from '../lib/use-session';
import { ErrorBoundary } from './error-boundary';
import { PageSkeleton } from './page-skeleton';
import { Shell } from './shell';

/** Pages behind sign-in: one connection per user and workspace, closed when either changes or the user leaves. */
export function SignedIn() {
  const state = useSession();
  const location = useLocation();
  const scope = state.status === 'signed-in' ? scopeOf(state.session) : undefined;
  const [opened, setOpened] = useState<{ scope: string; connection: Connection }>();

  useEffect(() => {
    if (!scope) return;
    const connection = createConnection(scope);
    setOpened({ scope, connection });
    return () => {
      connection.close();
      setOpened(undefined);
    };
  }, [scope]);

  if (!scope) return <Navigate to="/sign-in" replace state={{ from: location.pathname + location.search }} />;
  // Between two scopes nothing is shown, and the key lets no page keep its state: this is also how other tabs follow a switch.
  if (opened?.scope !== scope) return null;
  const { connection } = opened;
  return (
    <Provider key={scope} value={connection.client}>
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
