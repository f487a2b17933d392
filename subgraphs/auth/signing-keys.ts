import {
  calculateJwkThumbprint,
  exportJWK,
  exportPKCS8,
  generateKeyPair,
  importPKCS8,
  type CryptoKey,
  type JWK,
} from 'jose';
import type { EntityManager } from 'typeorm';
import type { Clock } from '../kernel/clock';
import type { Database } from '../kernel/database/database';
import type { Secrets } from '../kernel/secrets';
import { SigningKeyEntity } from './signing-key.entity';

const ALGORITHM = 'RS256';
const PURPOSE = 'signing-key';
/** A process that missed the signal of a rotation goes on with the old key for at most this long. */
const KEPT_MS = 60_000;
/** How long a retired key still verifies: the life of an access token, what a process may have missed, and clocks that differ. */
export const OVERLAP_MS = 20 * 60_000;
/** Told on the platform's channel after a rotation; whoever caches the JWKS loads it anew. */
export const KEYS_CHANGED = { tenantId: null, topic: 'signing-keys.changed' } as const;

export interface SigningKeys {
  /** The key that signs now. */
  current(): Promise<{ kid: string; privateKey: CryptoKey }>;
  /** Public keys that verify now: the present one and those that tokens still in use were signed with. */
  jwks(): Promise<JWK[]>;
  /** Forgets what was loaded. */
  forget(): void;
}

interface Loaded {
  at: number;
  keys: SigningKeyEntity[];
  kid: string;
  privateKey: CryptoKey;
}

export function createSigningKeys(deps: { database: Database; secrets: Secrets; clock: Clock }): SigningKeys {
  const { database, secrets, clock } = deps;
  let loading: Promise<Loaded> | null = null;

  const load = async (): Promise<Loaded> => {
    const at = clock.now().getTime();
    const keys = await database.control((tx) => tx.getRepository(SigningKeyEntity).find());
    const current = keys.find(({ retiredAt }) => retiredAt === null);
    if (!current?.privateKey) throw new Error('there is no signing key');
    const pem = secrets.decrypt(PURPOSE, current.kid, current.privateKey).toString();
    return { at, keys, kid: current.kid, privateKey: await importPKCS8(pem, ALGORITHM) };
  };

  const loaded = async (): Promise<Loaded> => {
    const mine = (loading ??= load());
    try {
      const result = await mine;
      const age = clock.now().getTime() - result.at;
      if (age >= 0 && age < KEPT_MS) return result;
    } catch (error) {
      if (loading === mine) loading = null;
      throw error;
    }
    if (loading === mine) loading = load();
    return loading ?? load();
  };

  return {
    current: loaded,
    async jwks() {
      const { keys } = await loaded();
      const oldest = clock.now().getTime() - OVERLAP_MS;
      return keys
        .filter(({ retiredAt }) => retiredAt === null || retiredAt.getTime() > oldest)
        .map(({ publicJwk }) => publicJwk);
    },
    forget: () => {
      loading = null;
    },
  };
}

/** A fresh pair, private half encrypted. Takes some hundred milliseconds: make it before the transaction. */
export async function generateSigningKey(secrets: Secrets, clock: Clock): Promise<SigningKeyEntity> {
  const { privateKey, publicKey } = await generateKeyPair(ALGORITHM, { extractable: true, modulusLength: 2048 });
  const jwk = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint(jwk);
  return Object.assign(new SigningKeyEntity(), {
    kid,
    publicJwk: { ...jwk, kid, alg: ALGORITHM, use: 'sig' },
    privateKey: secrets.encrypt(PURPOSE, kid, await exportPKCS8(privateKey)),
    createdAt: clock.now(),
    retiredAt: null,
  });
}

/** Makes the first key unless there is one. Of several processes that start together one wins, and all use its key. */
export async function ensureSigningKey(database: Database, secrets: Secrets, clock: Clock): Promise<void> {
  const exists = () => database.control((tx) => tx.getRepository(SigningKeyEntity).existsBy({}));
  if (await exists()) return;
  const key = await generateSigningKey(secrets, clock);
  await database.control((tx) =>
    tx.createQueryBuilder().insert().into(SigningKeyEntity).values(key).orIgnore().execute(),
  );
}

/** Retires the present key in favour of `next`: it signs no more, and verifies for as long as its tokens may live. */
export async function replaceSigningKey(tx: EntityManager, next: SigningKeyEntity, now: Date): Promise<void> {
  await tx.query(`select pg_advisory_xact_lock(hashtext('auth.signing_keys'))`);
  const keys = tx.getRepository(SigningKeyEntity);
  await tx.query(`delete from signing_keys where retired_at < $1`, [new Date(now.getTime() - OVERLAP_MS)]);
  await tx.query(`update signing_keys set retired_at = $1, private_key = null where retired_at is null`, [now]);
  await keys.insert(next);
}
