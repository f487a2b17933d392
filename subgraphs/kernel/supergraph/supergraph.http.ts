import { Pool } from 'undici';
import { DomainError } from '../errors';
import type { IdentitySigner } from '../identity';
import { GATEWAY_AUDIENCE, SERVICE_SCHEME } from './service-scheme';
import type { Supergraph, SupergraphResult } from './supergraph';

const TIMEOUT_MS = 30_000;
const CONNECTIONS = 16;

/** The gateway in another process. The signer is the services' own, not the gateway's: what it signs is good for the gateway only. */
export function httpSupergraph(options: {
  url: string;
  signer: IdentitySigner;
}): Supergraph & { close(): Promise<void> } {
  const pool = new Pool(options.url, { connections: CONNECTIONS });
  return {
    async execute<T>(
      query: string,
      variables: Record<string, unknown>,
      identity: Parameters<Supergraph['execute']>[2],
      signal?: AbortSignal,
    ) {
      const token = await options.signer.sign(identity, GATEWAY_AUDIENCE);
      const deadline = AbortSignal.timeout(TIMEOUT_MS);
      try {
        const { body } = await pool.request({
          path: '/graphql',
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            authorization: `${SERVICE_SCHEME} ${token}`,
            'x-request-id': identity.requestId,
          },
          body: JSON.stringify({ query, variables }),
          signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
        });
        return (await body.json()) as SupergraphResult<T>;
      } catch (error) {
        if (signal?.aborted) throw error;
        throw new DomainError(
          'UNAVAILABLE',
          'The gateway cannot be reached just now. Try again in a few seconds.',
          { retryAfterSeconds: 5 },
          { cause: error },
        );
      }
    },
    close: () => pool.close(),
  };
}
