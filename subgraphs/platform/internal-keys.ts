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

/** What a subgraph of its own holds of the two key pairs that bind the processes together. PEM texts. */
export const serviceKeysEnv = z.object({
  GATEWAY_PUBLIC_KEY: z.string().min(1).describe('PEM of the key that verifies the identities the gateway sends'),
  SERVICES_PRIVATE_KEY: z
    .string()
    .min(1)
    .describe('PEM of the Ed25519 key with which subgraphs sign what they ask of the gateway'),
});

export interface KeysEnv {
  gateway: { GATEWAY_PRIVATE_KEY: string; SERVICES_PUBLIC_KEY: string };
  services: { GATEWAY_PUBLIC_KEY: string; SERVICES_PRIVATE_KEY: string };
}

/** Fresh pairs for a set of processes that are started together: with one the gateway signs, with the other the subgraphs. */
export async function generateKeysEnv(): Promise<KeysEnv> {
  const [gateway, services] = await Promise.all(
    [generateInternalKeys(), generateInternalKeys()].map(async (keys) => exportInternalKeys(await keys)),
  );
  return {
    gateway: { GATEWAY_PRIVATE_KEY: gateway!.privatePem, SERVICES_PUBLIC_KEY: services!.publicPem },
    services: { GATEWAY_PUBLIC_KEY: gateway!.publicPem, SERVICES_PRIVATE_KEY: services!.privatePem },
  };
}

export const signerOf = async (pem: string): Promise<IdentitySigner> =>
  createIdentitySigner(await importPrivateKey(pem));
export const verifierOf = async (pem: string): Promise<IdentityVerifier> =>
  createIdentityVerifier(await importPublicKey(pem));
