import { z } from 'zod';
import { flag } from '../subgraphs/kernel/env/env';

const list = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((item) => item.trim())
      .filter(Boolean),
  );

const count = (fallback: number) => z.coerce.number().int().positive().default(fallback);

/** What an operator can set of the gateway. */
export const gatewayEnv = z.object({
  GATEWAY_CORS_ORIGINS: list.describe(
    'Origins, comma separated, whose pages may call the API; `*` for all; default: none',
  ),
  GATEWAY_CORS_CREDENTIALS: flag(false).describe('`on` lets those pages send credentials'),
  GATEWAY_TRUST_PROXY: list.describe('Addresses or networks of proxies whose `X-Forwarded-For` is believed'),
  GATEWAY_INTROSPECTION: flag(true).describe('`off` refuses introspection'),
  GATEWAY_MAX_DEPTH: count(15).describe('Levels of fields of one operation'),
  GATEWAY_MAX_ALIASES: count(100).describe('Aliases of one operation'),
  GATEWAY_MAX_OPERATION_CHARS: count(100_000).describe('Characters of the text of one operation'),
  GATEWAY_MAX_TOKENS: count(15_000).describe('Lexical tokens of one operation'),
  GATEWAY_MAX_DIRECTIVES: count(100).describe('Directives of one operation'),
  GATEWAY_MAX_ROOT_FIELDS: count(50).describe('Root fields of one operation'),
  GATEWAY_MAX_FIELDS: count(2_000).describe('Fields of one operation, fragments expanded'),
  GATEWAY_BODY_LIMIT: count(10 * 1024 * 1024).describe('Largest body in bytes outside uploads'),
  GATEWAY_FETCH_TIMEOUT_MS: count(30_000).describe('Milliseconds a subgraph has for one fetch'),
  GATEWAY_ANONYMOUS_PER_MINUTE: count(100).describe('Requests an address may make in a minute without signing in'),
  GATEWAY_ANONYMOUS_PER_HOUR: count(1_000).describe('Requests an address may make in an hour without signing in'),
  GATEWAY_EXPOSE_SUBGRAPH_ERRORS: flag(false).describe('`on` shows messages of subgraph errors that carry no code'),
  GATEWAY_REJECT_UNAUTHORIZED: flag(false).describe('`on` refuses an operation with an unauthorized field as a whole'),
  GATEWAY_SUBSCRIPTION_QUEUE: count(256).describe('Events kept for a subscription whose client reads slowly'),
  GATEWAY_SOCKETS: count(10_000).describe('WebSockets that may be open at once'),
  GATEWAY_SUBSCRIPTIONS_PER_SOCKET: count(100).describe('Operations that one WebSocket may have open'),
});

/** What the gateway needs where it is a process of its own. */
export const gatewayProcessEnv = z.object({
  GATEWAY_SUPERGRAPH: z.string().default('schema/supergraph.graphql').describe('File with the composed supergraph'),
  GATEWAY_SUBGRAPHS: list
    .transform((items) => Object.fromEntries(items.map((item) => item.split(/=(.*)/s).slice(0, 2) as [string, string])))
    .describe('Where subgraphs are, `name=http://host:port/graphql`, comma separated; default: the supergraph says it'),
  GATEWAY_PRIVATE_KEY: z
    .string()
    .optional()
    .describe('PEM of the Ed25519 key that signs identities for subgraphs, which hold the public half'),
  SERVICES_PUBLIC_KEY: z
    .string()
    .optional()
    .describe("PEM of the key that verifies what subgraphs ask on somebody's behalf"),
  GATEWAY_REST_ROUTES: list
    .transform((items) => items.map(restRoute))
    .describe('REST routes of subgraphs, `subgraph:METHOD:path:maxBytes`, comma separated'),
  GATEWAY_STATIC: z.string().default('client/dist').describe('Folder of the built web app'),
});

function restRoute(text: string): {
  subgraph: string;
  route: { method: 'GET' | 'POST'; path: string; maxBytes: number };
} {
  const [subgraph = '', method = '', path = '', maxBytes = '0'] = text.split(':');
  if ((method !== 'GET' && method !== 'POST') || !path.startsWith('/'))
    throw new Error(`"${text}" is not a REST route`);
  return { subgraph, route: { method, path, maxBytes: Number(maxBytes) } };
}

export type GatewayEnv = z.output<typeof gatewayEnv>;
