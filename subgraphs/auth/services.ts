import type { Ctx } from '../kernel/context';
import type { Stores } from '../kernel/stores';
import type { AuthEnv } from './env';
import type { Passwords } from './passwords';
import type { Revocations } from './revocations';
import type { SigningKeys } from './signing-keys';

/** What auth's verbs need besides the stores; made once when the subgraph starts. */
export interface AuthServices {
  env: AuthEnv;
  passwords: Passwords;
  keys: SigningKeys;
  revocations: Revocations;
}

// By the running subgraph's stores, so that two of them in one process (tests) keep apart.
const running = new WeakMap<Stores, AuthServices>();

export function provideAuthServices(stores: Stores, services: AuthServices): void {
  running.set(stores, services);
}

export function authServices(ctx: Pick<Ctx, 'stores'>): AuthServices {
  const services = running.get(ctx.stores);
  if (!services) throw new Error('auth has not been started');
  return services;
}
