import { z } from 'zod';

const MIN_PASSWORD_CHARACTERS = 10;
/** bcrypt reads no further: a longer text would be accepted by its first 72 bytes alone. */
const MAX_PASSWORD_BYTES = 72;
const MIN_DIFFERENT_CHARACTERS = 5;

const email = z
  .string()
  .max(320)
  .transform((text) => text.normalize('NFKC').trim().toLowerCase())
  .pipe(z.email('write an e-mail address such as name@example.com').max(254, 'at most 254 characters'));

/** Any text that can be a password here: the same characters typed on different keyboards are the same text. */
const password = z
  .string()
  .max(1_000, 'too long')
  .transform((text) => text.normalize('NFKC'))
  .refine((text) => text.length > 0, 'write the password')
  .refine((text) => !text.includes('\0'), 'must not contain a NUL character')
  .refine((text) => Buffer.byteLength(text) <= MAX_PASSWORD_BYTES, `at most ${MAX_PASSWORD_BYTES} bytes`);

const newPassword = password
  .refine((text) => [...text].length >= MIN_PASSWORD_CHARACTERS, `at least ${MIN_PASSWORD_CHARACTERS} characters`)
  .refine(
    (text) => new Set(text.toLowerCase()).size >= MIN_DIFFERENT_CHARACTERS,
    `use at least ${MIN_DIFFERENT_CHARACTERS} different characters`,
  );

const name = z.string().trim().min(1, 'write a name').max(100, 'at most 100 characters');

const locale = z.string().max(35).refine(isLocale, 'write a language tag such as en or zh-CN');

function isLocale(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
}

export const registerInput = z
  .object({ email, password: newPassword, displayName: name, tenantName: name, locale: locale.nullish() })
  .refine((input) => !resembles(input.password, input.email), {
    path: ['password'],
    message: 'must not be made from the e-mail address',
  });

function resembles(passwordText: string, emailText: string): boolean {
  const lower = passwordText.toLowerCase();
  return lower === emailText || lower.replace(/[\d\W_]+$/, '') === emailText.split('@')[0];
}

export const loginInput = z.object({ email, password, tenantId: z.uuid().nullish() });

/** A refresh token is 32 random bytes in base64url; anything longer is none. */
export const refreshInput = z.object({ refreshToken: z.string().min(1).max(200) });

export const switchTenantInput = z.object({ tenantId: z.uuid() });

export const ensuredUserInput = z.object({
  email,
  password: newPassword,
  displayName: name,
  tenantId: z.uuid(),
  tenantName: name,
  roles: z.array(z.string()).min(1),
});
