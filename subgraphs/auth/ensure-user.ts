import { z } from 'zod';
import { newId } from '../kernel/ids';
import type { SubgraphRuntime } from '../kernel/subgraph';
import { defineControlVerb, parseInput } from '../kernel/verb';
import { IdentityEntity } from './identity.entity';
import { ensuredUserInput } from './inputs';
import { findMembership } from './members';
import { MembershipEntity } from './membership.entity';
import { provisionTenantSoon, registerTenant } from './register-tenant';
import { authServices } from './services';

/**
 * Sees to it that this person can sign in to this tenant with this password and these roles; repeating it changes nothing. For the
 * operator (the first administrator of the installation), never reachable by GraphQL: it sets the password of an e-mail that exists.
 */
export async function ensureUser(
  runtime: SubgraphRuntime,
  raw: z.input<typeof ensuredUserInput>,
): Promise<{ userId: string; tenantId: string }> {
  const { password, ...input } = parseInput(ensuredUserInput, raw);
  const ctx = runtime.serviceCtx(input.tenantId);
  const { passwords } = authServices(ctx);
  const { email } = input;
  const known = await runtime.stores.database.control((tx) =>
    tx.getRepository(IdentityEntity).findOne({ where: { email }, select: { id: true, passwordHash: true } }),
  );
  const right = known !== null && (await passwords.matches(password, known.passwordHash));
  const passwordHash = right ? null : await passwords.hash(password);

  const { userId, newTenant } = await ensure(ctx, { ...input, passwordHash });
  if (newTenant) await provisionTenantSoon(ctx, { tenantId: input.tenantId, name: input.tenantName, locale: null });
  return { userId, tenantId: input.tenantId };
}

const ensure = defineControlVerb({
  name: 'auth.ensure_user',
  access: 'authenticated',
  input: ensuredUserInput.omit({ password: true }).extend({ passwordHash: z.string().nullable() }),
  async run(ctx, { email, passwordHash, displayName, tenantId, tenantName, roles }) {
    const { tx } = ctx;
    const identities = tx.getRepository(IdentityEntity);
    const createdAt = ctx.clock.now();
    if (passwordHash) {
      const fresh = { id: newId(), email, displayName, passwordHash, createdAt, locale: null, timeZone: null };
      await tx
        .createQueryBuilder()
        .insert()
        .into(IdentityEntity)
        .values(fresh)
        .orUpdate(['password_hash'], ['email'])
        .execute();
    }
    const { id: userId } = await identities.findOneByOrFail({ email });
    const membership = await findMembership(tx, userId, tenantId);
    if (membership) {
      await tx.getRepository(MembershipEntity).update({ tenantId, userId }, { roles });
      return { userId, newTenant: false };
    }
    await registerTenant(tx, ctx, { tenantId, name: tenantName, locale: null, ownerId: userId, ownerRoles: roles });
    return { userId, newTenant: true };
  },
  audit: ({ tenantId, roles }, { userId }) => ({
    tenantId,
    resource: { type: 'user', id: userId },
    details: { roles },
  }),
});
