import { consumeEvents } from '../kernel/outbox/consume-events';
import type { SubgraphDefinition, SubgraphRuntime } from '../kernel/subgraph';
import { authEvents } from './consumers';
import type { AuthEnv } from './env';
import { IdentityEntity } from './identity.entity';
import { jwksRoute } from './jwks-route';
import { loadMember } from './members';
import { MembershipEntity } from './membership.entity';
import { createAuth } from './migrations/1764000000000-create-auth';
import { indexRevokedSessions } from './migrations/1764000000001-index-revoked-sessions';
import { workspaceLocale } from './migrations/1764000000002-workspace-locale';
import { createPasswords } from './passwords';
import { roleByName } from './roles';
import { openRevocations, type Revocations } from './revocations';
import { revocationsRoute } from './revocations-route';
import { authServices, provideAuthServices } from './services';
import { RefreshTokenEntity, SessionEntity } from './session.entity';
import { SessionResolver } from './session.resolver';
import { SigningKeyEntity } from './signing-key.entity';
import { createSigningKeys, ensureSigningKey, KEYS_CHANGED } from './signing-keys';
import { startSweep } from './sweep';
import { MembershipResolver, UserResolver } from './user.resolver';
import { TenantStub } from './user.type';
import { WorkspaceEntity } from './workspace.entity';

export { ensureUser } from './ensure-user';
export { authEnv, type AuthEnv } from './env';

/** Identities, memberships, sessions and the keys that sign access tokens. */
export function createAuthSubgraph(env: AuthEnv): SubgraphDefinition {
  return {
    name: 'auth',
    entities: [IdentityEntity, MembershipEntity, SessionEntity, RefreshTokenEntity, SigningKeyEntity, WorkspaceEntity],
    migrations: [createAuth, indexRevokedSessions, workspaceLocale],
    graphql: {
      resolvers: [SessionResolver, UserResolver, MembershipResolver],
      orphanedTypes: [TenantStub],
      references: {
        User: (reference, ctx) => loadMember(ctx, String(reference.id)),
        Role: (reference, ctx) => (ctx.tenantId === null ? null : roleByName(String(reference.name))),
      },
    },
    routes: [jwksRoute, revocationsRoute],
    start: (runtime) => start(runtime, env),
  };
}

/** For a gateway in the same process. */
export const revocationsOf = ({ stores }: SubgraphRuntime): Revocations => authServices({ stores }).revocations;

async function start(runtime: SubgraphRuntime, env: AuthEnv): Promise<void> {
  const { stores, lifecycle, clock } = runtime;
  const { database, secrets, pubsub } = stores;
  await ensureSigningKey(database, secrets, clock);
  const keys = createSigningKeys({ database, secrets, clock });
  const revocations = await openRevocations(runtime);
  provideAuthServices(stores, { env, keys, revocations, passwords: createPasswords(env.AUTH_BCRYPT_COST) });

  const forget = () => keys.forget();
  lifecycle.own('auth key signal', await pubsub.subscribe(KEYS_CHANGED, forget, forget));
  lifecycle.own('auth sweep', startSweep(runtime));
  const consumer = await consumeEvents(runtime, 'auth', authEvents);
  lifecycle.own('auth events', () => consumer.stop());
}
