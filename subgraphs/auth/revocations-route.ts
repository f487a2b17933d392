import type { SubgraphRoute } from '../kernel/subgraph';
import { authServices } from './services';

/** Sessions that ended before their access tokens, for a gateway in another process. Ids and times only; of no use without a token. */
export const revocationsRoute: SubgraphRoute = {
  method: 'GET',
  path: '/internal/revocations',
  maxBytes: 0,
  internal: true,
  async handle(ctx) {
    return {
      status: 200,
      headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
      body: JSON.stringify({ sessions: authServices(ctx).revocations.list() }),
    };
  },
};
