import { z } from 'zod';
import type { Ctx } from '../kernel/context';
import { authorize, defineControlVerb } from '../kernel/verb';
import { authServices } from './services';
import { generateSigningKey, KEYS_CHANGED, replaceSigningKey } from './signing-keys';

const ACCESS = 'platform:keys';

/** Puts a new signing key in the place of the present one, which goes on verifying until its tokens have ended. Answers the new key id. */
export async function rotateSigningKey(ctx: Ctx): Promise<string> {
  authorize(ctx, ACCESS);
  const next = await generateSigningKey(ctx.stores.secrets, ctx.clock);
  await replace(ctx, { next });
  authServices(ctx).keys.forget();
  try {
    await ctx.stores.pubsub.publish(KEYS_CHANGED, { kid: next.kid });
  } catch (error) {
    ctx.log.warn({ err: error }, 'the new signing key was not signalled; others find it within a minute');
  }
  return next.kid;
}

const replace = defineControlVerb({
  name: 'auth.rotate_signing_key',
  access: ACCESS,
  input: z.object({ next: z.custom<Awaited<ReturnType<typeof generateSigningKey>>>() }),
  run: (ctx, { next }) => replaceSigningKey(ctx.tx, next, ctx.clock.now()),
  audit: ({ next }) => ({ tenantId: null, resource: { type: 'signing_key', id: next.kid } }),
});
