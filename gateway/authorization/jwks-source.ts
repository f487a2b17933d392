import type { JSONWebKeySet } from 'jose';
import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { anonymousIdentity } from '../../subgraphs/kernel/identity';
import { newId } from '../../subgraphs/kernel/ids';
import type { SubgraphTransport } from '../../subgraphs/kernel/transport';

const TIMEOUT_MS = 5_000;

/** Fetches the key set from the subgraph that signs access tokens, over its own transport. */
export function jwksFromSubgraph(
  transport: () => SubgraphTransport,
  path = '/.well-known/jwks.json',
): () => Promise<JSONWebKeySet> {
  return async () => {
    const { status, body } = await transport().rest({
      method: 'GET',
      path,
      query: {},
      headers: { accept: 'application/json' },
      body: Readable.from([]),
      identity: anonymousIdentity(newId(), null),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text =
      typeof body === 'string' ? body : (body instanceof Readable ? await buffer(body) : body).toString('utf8');
    if (status !== 200) throw new Error(`the key set was answered with ${status}`);
    return JSON.parse(text) as JSONWebKeySet;
  };
}
