import { Client } from 'pg';
import { ManualClock } from '../../kernel/clock';
import type { Identity } from '../../kernel/context';
import { anonymousIdentity, freezeIdentity, serviceIdentity } from '../../kernel/identity';
import { newId } from '../../kernel/ids';
import { BUILT_IN_ROLES, expandPermissions } from '../../kernel/permissions';
import { startTestStores, startTestSubgraph } from '../../kernel/testing/subgraph';
import { tenantsSubgraph } from '../index';

export interface TenantView {
  id: string;
  name: string;
  slug: string;
  isolation: string;
  status: string;
  settings: { locale: string; timeZone: string; weekStart: string; theme: string };
  createdAt: string;
  updatedAt: string;
}

export interface Payload {
  tenant: TenantView | null;
  userErrors: { code: string; field: string[] | null; message: string }[];
}

const TENANT = `id name slug isolation status settings { locale timeZone weekStart theme } createdAt updatedAt`;

/** A running tenants subgraph with its own database, and what others do with it. */
export async function startTenantsWorld() {
  const clock = new ManualClock();
  const on = await startTestStores({ clock });
  const { executor, runtime } = await startTestSubgraph(tenantsSubgraph, on);
  const admin = new Client({ connectionString: on.adminUrl });
  await admin.connect();

  const query = async <T>(source: string, variables: Record<string, unknown> = {}, identity = nobody()) => {
    const request = { query: source, variables, identity, signal: new AbortController().signal };
    const { data, errors } = await executor.execute(request);
    return { data: data as T, codes: (errors ?? []).map(({ extensions }) => extensions.code) };
  };

  return {
    runtime,
    log: on.stores.log,
    clock,
    query,
    current: async (identity?: Identity) =>
      (await query<{ currentTenant: TenantView | null }>(`{ currentTenant { ${TENANT} } }`, {}, identity)).data
        .currentTenant,
    provision: (input: object, identity = platform()) =>
      query<{ provisionTenant: Payload }>(
        `mutation($input: ProvisionTenantInput!) { provisionTenant(input: $input) { tenant { ${TENANT} } userErrors { code field message } } }`,
        { input },
        identity,
      ),
    update: (input: object, identity?: Identity) =>
      query<{ updateTenantSettings: Payload }>(
        `mutation($input: UpdateTenantSettingsInput!) { updateTenantSettings(input: $input) { tenant { ${TENANT} } userErrors { code field message } } }`,
        { input },
        identity,
      ),
    rows: async <R>(sql: string, values: unknown[] = []) => (await admin.query(sql, values)).rows as R[],
    outbox: async (tenantId: string) =>
      (
        await admin.query(`select type, topic, payload from tenants.outbox where tenant_id = $1 order by id`, [
          tenantId,
        ])
      ).rows as { type: string; topic: string; payload: Record<string, any> }[],
    async close() {
      await admin.end();
      await on.close();
    },
  };
}

export type TenantsWorld = Awaited<ReturnType<typeof startTenantsWorld>>;

export const nobody = (): Identity => anonymousIdentity(newId(), null);

/** Somebody with this role in a tenant. */
export const member = (tenantId: string, role = 'tenant_admin'): Identity =>
  freezeIdentity({
    ...nobody(),
    tenantId,
    actor: { kind: 'user', userId: newId(), sessionId: newId() },
    permissions: expandPermissions(BUILT_IN_ROLES[role]!),
  });

/** A service that may make tenants; it acts from a tenant of its own. */
export const platform = (): Identity =>
  freezeIdentity({ ...serviceIdentity('auth', newId(), newId()), permissions: ['platform:tenants'] });

/** Waits until `probe` answers something, at most ten seconds; events take their own time. */
export async function eventually<T>(probe: () => Promise<T | null | undefined | false>): Promise<T> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const found = await probe();
    if (found) return found;
    if (Date.now() > deadline) throw new Error('it has not come to pass within 10 s');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
