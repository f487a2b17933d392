import { z } from 'zod';
import type { Ctx } from '../kernel/context';
import { DomainError } from '../kernel/errors';
import { newId } from '../kernel/ids';
import { defineControlVerb, parseInput } from '../kernel/verb';
import { countRegistration } from './attempt-limits';
import { IdentityEntity } from './identity.entity';
import { registerInput } from './inputs';
import { findMembership } from './members';
import { completeSession, openSession, type AuthSessionView } from './open-session';
import { provisionTenantSoon, registerTenant } from './register-tenant';
import { authServices } from './services';

/**
 * Makes an identity, a tenant of its own with it as administrator, and signs it in. An e-mail that is taken is told (CONFLICT): without a
 * mail server there is no way to register without telling; attempts by address are limited.
 */
export async function registerUser(ctx: Ctx, raw: z.input<typeof registerInput>): Promise<AuthSessionView> {
  const { password, ...input } = parseInput(registerInput, raw);
  await countRegistration(ctx);

  // Outside the transaction: hashing takes a while, and a connection would wait for it.
  const passwordHash = await authServices(ctx).passwords.hash(password);
  const tenantId = newId();
  const opened = await createOwner(ctx, { ...input, locale: input.locale ?? null, passwordHash, tenantId });
  await provisionTenantSoon(ctx, { tenantId, name: input.tenantName, locale: input.locale ?? null });
  return completeSession(ctx, opened);
}

const createOwner = defineControlVerb({
  name: 'auth.register',
  access: 'public',
  input: z.object({
    email: z.string(),
    passwordHash: z.string(),
    displayName: z.string(),
    locale: z.string().nullable(),
    tenantId: z.uuid(),
    tenantName: z.string(),
  }),
  async run(ctx, { tenantId, tenantName, ...person }) {
    const { tx } = ctx;
    const identity = { ...person, id: newId(), createdAt: ctx.clock.now() };
    const taken = new DomainError('CONFLICT', 'There is an account with this e-mail already. Sign in instead.', {
      field: ['email'],
    });
    const inserted = await tx
      .createQueryBuilder()
      .insert()
      .into(IdentityEntity)
      .values(identity)
      .orIgnore()
      .returning('id')
      .execute();
    if ((inserted.raw as unknown[]).length === 0) throw taken;
    const owner = { ownerId: identity.id, ownerRoles: ['tenant_admin'] };
    await registerTenant(tx, ctx, { tenantId, name: tenantName, locale: person.locale, ...owner });
    return openSession(tx, ctx, (await findMembership(tx, identity.id, tenantId))!);
  },
  audit: ({ tenantId }, { user, sessionId }) => ({
    tenantId,
    resource: { type: 'user', id: user.id },
    details: { sessionId },
  }),
});
