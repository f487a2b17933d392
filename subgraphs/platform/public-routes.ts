import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { JSONWebKeySet } from 'jose';
import type { ForwardedRoute } from '../../gateway';
import { anonymousIdentity } from '../kernel/identity';
import { newId } from '../kernel/ids';
import type { SubgraphDefinition } from '../kernel/subgraph';
import type { SubgraphTransport } from '../kernel/transport';

const JWKS_PATH = '/.well-known/jwks.json';
const TIMEOUT_MS = 5_000;

/** The REST routes that subgraphs announce, for the gateway to forward. */
export const restRoutesOf = (definitions: readonly SubgraphDefinition[]): ForwardedRoute[] =>
  definitions.flatMap(({ name, routes = [] }) =>
    routes.map(({ method, path, maxBytes }) => ({ subgraph: name, route: { method, path, maxBytes } })),
  );

/** The key set with which access tokens are verified, asked of auth by the way everything is asked of it. */
export const jwksOf = (auth: SubgraphTransport) => async (): Promise<JSONWebKeySet> => {
  const { status, body } = await auth.rest({
    method: 'GET',
    path: JWKS_PATH,
    query: {},
    headers: {},
    body: Readable.from([]),
    identity: anonymousIdentity(newId(), null),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (status !== 200) throw new Error(`auth answered ${status} for its keys`);
  const content = body instanceof Readable ? await text(body) : body.toString();
  return JSON.parse(content) as JSONWebKeySet;
};
