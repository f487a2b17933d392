import type { Identity } from '../../subgraphs/kernel/context';
import type { IdentitySigner } from '../../subgraphs/kernel/identity';

/** Tokens live 60 s; one that is reused must still be good when it arrives. */
const REUSE_MS = 45_000;

/**
 * Signs an identity for one subgraph, once for all the fetches of a request: the identity object is the key, since it carries the request's id.
 */
export function createTokenSource(signer: IdentitySigner, audience: string): (identity: Identity) => Promise<string> {
  const tokens = new WeakMap<Identity, { token: Promise<string>; until: number }>();
  return (identity) => {
    const known = tokens.get(identity);
    if (known && known.until > Date.now()) return known.token;
    const token = signer.sign(identity, audience);
    tokens.set(identity, { token, until: Date.now() + REUSE_MS });
    token.catch(() => tokens.delete(identity));
    return token;
  };
}
