import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';

const VERSION = 1;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Encryption and key derivation from the installation's one master secret. */
export interface Secrets {
  /** AES-256-GCM under a key of this purpose; `context` is authenticated and must be given again (put the tenant and row id there). */
  encrypt(purpose: string, context: string, plain: Uint8Array | string): Buffer;
  /** Throws when the text or the context was changed. */
  decrypt(purpose: string, context: string, cipher: Uint8Array): Buffer;
  /** HMAC-SHA256, hex: for cursors, signed URLs and derived passwords. */
  sign(purpose: string, text: string): string;
  verify(purpose: string, text: string, signature: string): boolean;
}

/** @param master at least 32 bytes. */
export function createSecrets(master: Uint8Array): Secrets {
  if (master.length < 32) throw new Error('the master secret must have at least 32 bytes');
  const keys = new Map<string, Buffer>();
  const keyFor = (purpose: string): Buffer => {
    let key = keys.get(purpose);
    if (!key) {
      key = Buffer.from(hkdfSync('sha256', master, 'datairis', purpose, 32));
      keys.set(purpose, key);
    }
    return key;
  };

  const sign = (purpose: string, text: string): string =>
    createHmac('sha256', keyFor(`sign:${purpose}`))
      .update(text)
      .digest('hex');

  return {
    encrypt(purpose, context, plain) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', keyFor(`encrypt:${purpose}`), iv).setAAD(Buffer.from(context));
      const body = Buffer.concat([cipher.update(plain), cipher.final()]);
      return Buffer.concat([Buffer.of(VERSION), iv, cipher.getAuthTag(), body]);
    },
    decrypt(purpose, context, cipher) {
      const bytes = Buffer.from(cipher);
      if (bytes[0] !== VERSION) throw new Error('unknown encryption version');
      const iv = bytes.subarray(1, 1 + IV_BYTES);
      const tag = bytes.subarray(1 + IV_BYTES, 1 + IV_BYTES + TAG_BYTES);
      const decipher = createDecipheriv('aes-256-gcm', keyFor(`encrypt:${purpose}`), iv)
        .setAAD(Buffer.from(context))
        .setAuthTag(tag);
      return Buffer.concat([decipher.update(bytes.subarray(1 + IV_BYTES + TAG_BYTES)), decipher.final()]);
    },
    sign,
    verify(purpose, text, signature) {
      const expected = Buffer.from(sign(purpose, text));
      const given = Buffer.from(signature);
      return expected.length === given.length && timingSafeEqual(expected, given);
    },
  };
}
