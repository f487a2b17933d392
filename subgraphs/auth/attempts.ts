import ipaddr from 'ipaddr.js';
import type { EntityManager } from 'typeorm';
import type { Ctx } from '../kernel/context';
import { DomainError } from '../kernel/errors';
import { authServices } from './services';

/**
 * Counts attempts in windows, on the database: exact with any number of processes, and a restart forgives nobody. An attempt is counted
 * before its work is done, so that many at once get no further than one after another.
 */
export interface Limit {
  key: string;
  max: number;
  windowSeconds: number;
}

export interface Refusal {
  error: DomainError;
  /** True for the first refusal of a window: the moment to tell the audit trail. */
  first: boolean;
}

/** Counts one attempt against each limit; answers a refusal (RATE_LIMITED) if one is used up. */
export async function countAttempt(tx: EntityManager, now: Date, limits: readonly Limit[]): Promise<Refusal | null> {
  let refusal: Refusal | null = null;
  for (const { key, max, windowSeconds } of limits) {
    const [row] = (await tx.query(
      `insert into attempts as a (key, count, until) values ($1, 1, $3)
       on conflict (key) do update set
         count = case when a.until <= $2 then 1 else least(a.count + 1, 1000000) end,
         until = case when a.until <= $2 then excluded.until else a.until end
       returning count, until`,
      [key, now, new Date(now.getTime() + windowSeconds * 1_000)],
    )) as { count: number; until: Date }[];
    if (row!.count <= max || refusal) continue;
    const retryAfterSeconds = Math.max(1, Math.ceil((row!.until.getTime() - now.getTime()) / 1_000));
    refusal = {
      error: new DomainError('RATE_LIMITED', `Too many attempts. Try again in ${inWords(retryAfterSeconds)}.`, {
        retryAfterSeconds,
      }),
      first: row!.count === max + 1,
    };
  }
  return refusal;
}

/** After a right password: forgets the e-mail's wrong ones, and takes this attempt off the address's count. */
export async function forgiveLogin(tx: EntityManager, ctx: Ctx, email: string): Promise<void> {
  const [pair, address] = loginLimits(ctx, email).reverse();
  await tx.query(`delete from attempts where key = $1`, [pair!.key]);
  if (address) await tx.query(`update attempts set count = count - 1 where key = $1 and count > 0`, [address.key]);
}

/** The address first, then the e-mail from this address: always in this order, so that two attempts cannot block each other. */
export function loginLimits(ctx: Ctx, email: string): Limit[] {
  const { env } = authServices(ctx);
  const address = network(ctx.identity.address);
  const windowSeconds = env.AUTH_LOCKOUT_SECONDS;
  const pair = { key: hashed(ctx, `login:${address}:${email}`), max: env.AUTH_LOGIN_ATTEMPTS, windowSeconds };
  if (!address) return [pair];
  const max = env.AUTH_LOGIN_ATTEMPTS_PER_ADDRESS;
  return [{ key: hashed(ctx, `login:${address}`), max, windowSeconds }, pair];
}

/** Registrations by address; none for a caller that has no address, which is a service of ours. */
export function registrationLimits(ctx: Ctx): Limit[] {
  const address = network(ctx.identity.address);
  const max = authServices(ctx).env.AUTH_REGISTRATIONS_PER_HOUR;
  return address ? [{ key: hashed(ctx, `register:${address}`), max, windowSeconds: 3_600 }] : [];
}

/** An IPv6 customer holds a whole /64: each of its addresses is the same caller. */
function network(address: string | null): string | null {
  if (!address || !ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  return parsed instanceof ipaddr.IPv6 ? parsed.parts.slice(0, 4).join(':') : parsed.toString();
}

const hashed = (ctx: Ctx, text: string): string => ctx.stores.secrets.sign('auth-attempts', text);

const inWords = (seconds: number): string =>
  seconds < 120 ? `${seconds} seconds` : `${Math.ceil(seconds / 60)} minutes`;
