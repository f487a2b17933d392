import type { SubgraphRoute } from '../kernel/subgraph';
import { authServices } from './services';

/** Public keys for everyone who verifies access tokens. Served from memory; changes are seen within a minute. */
export const jwksRoute: SubgraphRoute = {
  method: 'GET',
  path: '/.well-known/jwks.json',
  maxBytes: 0,
  async handle(ctx) {
    return {
      status: 200,
      headers: { 'content-type': 'application/jwk-set+json', 'cache-control': 'public, max-age=60' },
      body: JSON.stringify({ keys: await authServices(ctx).keys.jwks() }),
    };
  },
};
