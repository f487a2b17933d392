import { createGraphiQLFetcher } from '@graphiql/toolkit';
import { GraphiQL } from 'graphiql';
import 'graphiql/style.css';
import { createClient } from 'graphql-ws';
import { createRoot } from 'react-dom/client';
import { authorizedFetch, GRAPHQL_PATH, session } from '../lib/api';
import './graphiql.css';
import './workers';

const DEFAULT_QUERY = `# Signed in as you. Ctrl-Enter runs, Ctrl-Space completes.
query Me {
  me {
    displayName
    permissions
    tenant {
      name
    }
  }
}
`;

const root = document.getElementById('graphiql');
if (!root) throw new Error('graphiql/index.html has no #graphiql');

await session.reload();
const url = new URL(GRAPHQL_PATH, window.location.href);
const socketUrl = url.href.replace(/^http/, 'ws');
const fetcher = createGraphiQLFetcher({
  url: url.href,
  fetch: authorizedFetch,
  wsClient: createClient({
    url: socketUrl,
    lazy: true,
    keepAlive: 10_000,
    connectionParams: async () => {
      const token = await session.token().catch(() => undefined);
      return token ? { authorization: `Bearer ${token}` } : {};
    },
  }),
});

createRoot(root).render(<GraphiQL fetcher={fetcher} defaultQuery={DEFAULT_QUERY} shouldPersistHeaders={false} />);
