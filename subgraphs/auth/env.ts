import { z } from 'zod';

/** What an operator can tune about signing in. */
export const authEnv = z.object({
  AUTH_BCRYPT_COST: z.coerce
    .number()
    .int()
    .min(10)
    .max(15)
    .default(12)
    .describe('Cost of password hashes, 10 to 15; each step doubles the work. Older hashes are renewed at sign-in'),
  AUTH_LOGIN_ATTEMPTS: z.coerce
    .number()
    .int()
    .min(1)
    .default(5)
    .describe('Wrong passwords for one e-mail from one address before it is locked out for a while'),
  AUTH_LOGIN_ATTEMPTS_PER_ADDRESS: z.coerce
    .number()
    .int()
    .min(1)
    .default(100)
    .describe('Sign-ins and attempts from one address, whatever the e-mail, before it is locked out'),
  AUTH_LOCKOUT_SECONDS: z.coerce
    .number()
    .int()
    .min(1)
    .default(900)
    .describe('Seconds over which attempts are counted, and after which a lock-out ends'),
  AUTH_REGISTRATIONS_PER_HOUR: z.coerce
    .number()
    .int()
    .min(1)
    .default(100)
    .describe('Registrations from one address within an hour'),
});

export type AuthEnv = z.output<typeof authEnv>;
