import ipaddr from 'ipaddr.js';
import type { Ctx } from '../kernel/context';
import { DomainError } from '../kernel/errors';
import type { Bucket } from '../kernel/rate-limit/rate-limit';
import type { AuthEnv } from './env';
import { authServices } from './services';

const accountBucket = (env: AuthEnv): Bucket => ({
  name: 'login-account',
  points: env.AUTH_LOGIN_ATTEMPTS,
  seconds: env.AUTH_LOCKOUT_SECONDS,
});

const addressBucket = (env: AuthEnv): Bucket => ({
  name: 'login-address',
  points: env.AUTH_LOGIN_ATTEMPTS_PER_ADDRESS,
  seconds: env.AUTH_LOCKOUT_SECONDS,
});

const registrationBucket = (env: AuthEnv): Bucket => ({
  name: 'register',
  points: env.AUTH_REGISTRATIONS_PER_HOUR,
  seconds: 3_600,
});

/**
 * Counts a log-in before its work is done, so that many at once get no further than one after another. Throws RATE_LIMITED. Answers true
 * for the last attempt that is let through: if it fails too, the door is locked.
 */
export async function countLogin(ctx: Ctx, email: string): Promise<boolean> {
  const { env } = authServices(ctx);
  const address = network(ctx);
  const byAddress = address === null ? null : await consume(ctx, addressBucket(env), address);
  const byAccount = await consume(ctx, accountBucket(env), accountKey(ctx, email));
  return byAccount === 0 || byAddress === 0;
}

/**
 * After a right password: forgets the wrong ones for this e-mail from this address. The address's own count stays, or somebody with one
 * account could go on guessing at others. That the log-in succeeded does not hang on it.
 */
export async function forgiveLogin(ctx: Ctx, email: string): Promise<void> {
  const bucket = accountBucket(authServices(ctx).env);
  try {
    await ctx.stores.rateLimiter.reset(null, bucket, accountKey(ctx, email));
  } catch (error) {
    ctx.log.warn({ err: error }, 'failed log-ins were not forgotten');
  }
}

/** Counts a registration by its address; a caller without one is a service of ours. Throws RATE_LIMITED. */
export async function countRegistration(ctx: Ctx): Promise<void> {
  const address = network(ctx);
  if (address !== null) await consume(ctx, registrationBucket(authServices(ctx).env), address);
}

/** Answers how many more are allowed. */
async function consume(ctx: Ctx, bucket: Bucket, key: string): Promise<number> {
  const decision = await ctx.stores.rateLimiter.consume(null, bucket, key);
  if (decision.ok) return decision.remaining;
  const { retryAfterSeconds } = decision;
  const message = `Too many attempts. Try again in ${inWords(retryAfterSeconds)}.`;
  throw new DomainError('RATE_LIMITED', message, { retryAfterSeconds });
}

/** A keyed hash: the limiter's store tells no e-mail. */
const accountKey = (ctx: Ctx, email: string): string =>
  ctx.stores.secrets.sign('auth-attempts', `${network(ctx) ?? '-'}\0${email}`);

/** An IPv6 customer holds a whole /64: each of its addresses is the same caller. */
function network({ identity: { address } }: Ctx): string | null {
  if (!address || !ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  return parsed instanceof ipaddr.IPv6 ? parsed.parts.slice(0, 4).join(':') : parsed.toString();
}

const inWords = (seconds: number): string =>
  seconds < 120 ? `${seconds} seconds` : `${Math.ceil(seconds / 60)} minutes`;
