import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JSONWebKeySet } from 'jose';
import { parseEnv } from '../../../subgraphs/kernel/env/env';
import { Lifecycle } from '../../../subgraphs/kernel/lifecycle';
import { newId } from '../../../subgraphs/kernel/ids';
import type { Logger } from '../../../subgraphs/kernel/logger';
import { createGateway, gatewayEnv, type Gateway, type GatewayOptions } from '../../index';
import { compose, inProcessTransports, type InProcessTransport, type TestSubgraph } from './federation';
import { silent, TENANT } from './harness';

export interface Keys {
  privateKey: CryptoKey;
  jwks: JSONWebKeySet;
  kid: string;
}

export async function createKeys(kid = newId()): Promise<Keys> {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
  return { privateKey, kid, jwks: { keys: [{ ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' }] } };
}

export interface TokenClaims {
  sub?: string;
  tenantId?: string;
  sid?: string;
  permissions?: string[];
  /** Seconds from now. */
  expiresIn?: number;
  issuer?: string;
  audience?: string;
}

export function signToken(keys: Keys, claims: TokenClaims = {}): Promise<string> {
  const now = Math.floor(Date.now() / 1_000);
  return new SignJWT({
    tenant_id: claims.tenantId ?? TENANT,
    roles: [],
    permissions: claims.permissions ?? [],
    sid: claims.sid ?? 's-1',
  })
    .setProtectedHeader({ alg: 'RS256', kid: keys.kid })
    .setSubject(claims.sub ?? 'user-1')
    .setIssuer(claims.issuer ?? 'datairis')
    .setAudience(claims.audience ?? 'datairis')
    .setJti(newId())
    .setIssuedAt(now - 60)
    .setExpirationTime(now + (claims.expiresIn ?? 900))
    .sign(keys.privateKey);
}

export interface RunningGateway {
  gateway: Gateway;
  url: string;
  keys: Keys;
  transports: Map<string, InProcessTransport>;
  supergraphSdl: string;
  lifecycle: Lifecycle;
  token(claims?: TokenClaims): Promise<string>;
  post(body: unknown, headers?: Record<string, string>): Promise<Response>;
}

/** A whole gateway on a free port of the loopback, over subgraphs in this process. */
export async function startGateway(
  subgraphs: readonly TestSubgraph[],
  options: Partial<GatewayOptions> = {},
  env: Record<string, string> = {},
  log: Logger = silent,
): Promise<RunningGateway> {
  const federation = compose(subgraphs);
  const transports = inProcessTransports(federation);
  const keys = await createKeys();
  const lifecycle = new Lifecycle(log);
  const gateway = await createGateway({
    supergraph: { sdl: federation.supergraphSdl },
    transports: (name) => transports.get(name)!,
    authentication: { jwks: () => Promise.resolve(keys.jwks) },
    env: parseEnv({ gateway: gatewayEnv }, env).gateway,
    log,
    lifecycle,
    ...options,
  });
  const url = await gateway.listen({ host: '127.0.0.1', port: 0 });
  return {
    gateway,
    url,
    keys,
    transports,
    supergraphSdl: federation.supergraphSdl,
    lifecycle,
    token: (claims) => signToken(keys, claims),
    post: (body, headers = {}) =>
      fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
  };
}
