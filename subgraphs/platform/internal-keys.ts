import { z } from 'zod';
import {
  createIdentitySigner,
  createIdentityVerifier,
  exportInternalKeys,
  generateInternalKeys,
  importPrivateKey,
  importPublicKey,
  type IdentitySigner,
  type IdentityVerifier,
} from '../kernel/identity';

/**
 * Two key pairs hold the processes together: with one the gateway signs what it tells subgraphs, with the other subgraphs sign what they
 * ask of the gateway. Each side holds its own private half and the other's public half, as PEM in base64.
 */
export const gatewayKeysEnv = z.object({
  GATEWAY_PRIVATE_KEY: z.base64().describe('Signs identities for subgraphs; the gateway alone holds it'),
  SERVICES_PUBLIC_KEY: z.base64().describe('Verifies what subgraphs ask of the gateway'),
});

export const serviceKeysEnv = z.object({
  GATEWAY_PUBLIC_KEY: z.base64().describe('Verifies the identities the gateway sends'),
  SERVICES_PRIVATE_KEY: z.base64().describe('Signs what a subgraph asks of the gateway'),
});

export type GatewayKeysEnv = z.infer<typeof gatewayKeysEnv>;
export type ServiceKeysEnv = z.infer<typeof serviceKeysEnv>;

/** Fresh pairs for a set of processes that are started together. */
export async function generateKeysEnv(): Promise<{ gateway: GatewayKeysEnv; services: ServiceKeysEnv }> {
  const [gateway, services] = await Promise.all([pair(), pair()]);
  return {
    gateway: { GATEWAY_PRIVATE_KEY: gateway.privateKey, SERVICES_PUBLIC_KEY: services.publicKey },
    services: { GATEWAY_PUBLIC_KEY: gateway.publicKey, SERVICES_PRIVATE_KEY: services.privateKey },
  };
}

async function pair(): Promise<{ privateKey: string; publicKey: string }> {
  const { privatePem, publicPem } = await exportInternalKeys(await generateInternalKeys());
  return {
    privateKey: Buffer.from(privatePem).toString('base64'),
    publicKey: Buffer.from(publicPem).toString('base64'),
  };
}

const decode = (text: string): string => Buffer.from(text, 'base64').toString();

export const signerOf = async (key: string): Promise<IdentitySigner> =>
  createIdentitySigner(await importPrivateKey(decode(key)));
export const verifierOf = async (key: string): Promise<IdentityVerifier> =>
  createIdentityVerifier(await importPublicKey(decode(key)));
