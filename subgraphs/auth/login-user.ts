import { z } from 'zod';
import { recordAudit } from '../kernel/audit';
import type { Ctx } from '../kernel/context';
import { DomainError, notFound } from '../kernel/errors';
import { PLATFORM_TENANT } from '../kernel/ids';
import { defineControlVerb, parseInput } from '../kernel/verb';
import { countLogin, forgiveLogin } from './attempt-limits';
import { IdentityEntity } from './identity.entity';
import { loginInput } from './inputs';
import { findMembership } from './members';
import { completeSession, openSession, type AuthSessionView, type OpenedSession } from './open-session';
import { authServices } from './services';

/** The id of no identity. */
const NOBODY = '00000000-0000-0000-0000-000000000000';

type Candidate = Pick<IdentityEntity, 'id' | 'passwordHash'>;

/**
 * Signs in with e-mail and password, into the named tenant or the oldest membership. A wrong password and an unknown e-mail are one
 * failure (INVALID_CREDENTIALS) with the same work behind it; too many of them are RATE_LIMITED before any work is done.
 */
export async function loginUser(ctx: Ctx, raw: z.input<typeof loginInput>): Promise<AuthSessionView> {
  const { email, password, tenantId } = parseInput(loginInput, raw);
  const isLast = await countLogin(ctx, email);
  const candidate = await findCandidate(ctx, email);

  // Outside transactions: comparing takes a while, and a connection would wait for it.
  const { passwords } = authServices(ctx);
  const matches = await passwords.matches(password, candidate?.passwordHash ?? null);
  const renewedHash = matches && passwords.isOutdated(candidate!.passwordHash) ? await passwords.hash(password) : null;

  const userId = candidate?.id ?? null;
  const outcome = await concludeLogin(ctx, { userId, matches, isLast, wanted: tenantId ?? null, renewedHash });
  if (matches) await forgiveLogin(ctx, email);
  if (outcome.error) throw outcome.error;
  return completeSession(ctx, outcome.opened!);
}

function findCandidate(ctx: Ctx, email: string): Promise<Candidate | null> {
  const select = { id: true, passwordHash: true };
  return ctx.stores.database.control((tx) => tx.getRepository(IdentityEntity).findOne({ where: { email }, select }));
}

interface LoginOutcome {
  /** Whose audit trail tells it: of the tenant that was meant; null when there is none. */
  tenantId: string | null;
  opened?: OpenedSession;
  /** Thrown after the commit, so that the audit trail keeps the failure. */
  error?: DomainError;
}

const concludeLogin = defineControlVerb({
  name: 'auth.login',
  access: 'public',
  input: z.object({
    userId: z.uuid().nullable(),
    matches: z.boolean(),
    isLast: z.boolean(),
    wanted: z.uuid().nullable(),
    renewedHash: z.string().nullable(),
  }),
  async run(ctx, { userId, matches, isLast, wanted, renewedHash }): Promise<LoginOutcome> {
    const { tx } = ctx;
    // Asked for nobody too: how long an answer takes must not tell whether there is somebody.
    const membership = await findMembership(tx, userId ?? NOBODY, wanted);
    const tenant = { tenantId: membership?.tenantId ?? null };
    if (!matches || userId === null) {
      if (isLast) {
        const resource = { type: 'identity', id: userId ?? 'unknown' };
        const trail = tenant.tenantId ?? PLATFORM_TENANT;
        await recordAudit(tx, ctx, trail, 'security.login_locked', { resource, result: 'failure' });
      }
      const message = 'The e-mail or the password is not right. Try again.';
      return { ...tenant, error: new DomainError('INVALID_CREDENTIALS', message) };
    }
    if (renewedHash) await tx.getRepository(IdentityEntity).update({ id: userId }, { passwordHash: renewedHash });
    if (membership) return { ...tenant, opened: await openSession(tx, ctx, membership) };
    const message = 'You belong to no workspace. Ask an administrator to add you.';
    return { ...tenant, error: wanted ? notFound('workspace', wanted) : new DomainError('NOT_FOUND', message) };
  },
  audit: ({ userId }, { tenantId, opened, error }) => ({
    tenantId,
    resource: { type: 'identity', id: userId ?? 'unknown' },
    result: error ? 'failure' : 'success',
    details: error ? { code: error.code } : { sessionId: opened!.sessionId },
  }),
});
