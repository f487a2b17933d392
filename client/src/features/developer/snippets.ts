export interface Snippet {
  key: 'login' | 'query' | 'live' | 'ingest';
  code: string;
}

/** Calls that work when pasted into a shell. The access token is never printed into a page: the first call fetches one. */
export function snippets(origin: string): Snippet[] {
  const socket = origin.replace(/^http/, 'ws');
  return [
    {
      key: 'login',
      code: `TOKEN=$(curl -s ${origin}/graphql \\
  -H 'content-type: application/json' \\
  -d '{"query":"mutation($input: LoginInput!) { login(input: $input) { session { accessToken } userErrors { message } } }",
       "variables":{"input":{"email":"you@example.com","password":"YOUR PASSWORD"}}}' \\
  | sed -E 's/.*"accessToken":"([^"]+)".*/\\1/')`,
    },
    {
      key: 'query',
      code: `curl -s ${origin}/graphql \\
  -H 'content-type: application/json' \\
  -H "authorization: Bearer $TOKEN" \\
  -d '{"query":"{ datasets(first: 10) { edges { node { id name rowCount metrics { name } dimensions { name } } } } }"}'`,
    },
    {
      key: 'live',
      code: `// npm install graphql-ws ws
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

const client = createClient({
  url: '${socket}/graphql',
  webSocketImpl: WebSocket,
  connectionParams: { authorization: 'Bearer ' + process.env.TOKEN },
});

const live = client.iterate({
  query: \`subscription ($input: MetricQueryInput!) {
    liveMetricQuery(input: $input) {
      kind resumeToken rows { key values } removed receipt { freshness elapsedMs }
    }
  }\`,
  variables: { input: { dataset: 'DATASET ID', measures: ['MEASURE'], dimensions: ['DIMENSION'] } },
});

for await (const { data } of live) console.log(data.liveMetricQuery);`,
    },
    {
      key: 'ingest',
      code: `printf '%s\\n' \\
  '{"name":"page_viewed","properties":{"path":"/"}}' \\
  '{"name":"signed_up","properties":{"plan":"team"}}' \\
| curl -s '${origin}/ingest?dataset=NAME' \\
  -H 'content-type: application/x-ndjson' \\
  -H "authorization: Bearer $TOKEN" \\
  --data-binary @-`,
    },
  ];
}
