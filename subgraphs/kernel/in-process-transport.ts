import type { Identity } from './context';
import { createSubgraphExecutor } from './execute';
import type { IdentitySigner, IdentityVerifier } from './identity';
import { readiness } from './health';
import type { RunningSubgraph } from './subgraph';
import type { SubgraphTransport } from './transport';

/**
 * The gateway and the subgraph in one process: a function call. Each identity still passes the signer and the verifier once, so that this
 * way in is held to what HTTP is held to; after that the frozen result stands for it.
 */
export function inProcessTransport(
  subgraph: RunningSubgraph,
  signer: IdentitySigner,
  verifier: IdentityVerifier,
): SubgraphTransport {
  const executor = createSubgraphExecutor(subgraph);
  const verified = new WeakMap<Identity, Promise<Identity>>();
  const name = subgraph.definition.name;

  const verify = (identity: Identity): Promise<Identity> => {
    let result = verified.get(identity);
    if (!result) {
      result = signer.sign(identity, name).then((token) => verifier.verify(token, name));
      verified.set(identity, result);
    }
    return result;
  };

  return {
    execute: async (request) => executor.execute({ ...request, identity: await verify(request.identity) }),
    subscribe: async (request) => executor.subscribe({ ...request, identity: await verify(request.identity) }),
    rest: async (request) => executor.rest({ ...request, identity: await verify(request.identity) }),
    async ready() {
      const { ready, checks } = await readiness(subgraph.checks);
      if (!ready) throw new Error(JSON.stringify(checks));
    },
    close: async () => undefined,
  };
}
