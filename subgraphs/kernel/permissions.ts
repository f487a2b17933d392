/**
 * The permission catalogue: `action:resource`. The same strings are the scopes of `@requiresScopes` and the `permissions` of a token.
 * Permissions that begin with `platform:` are for the operator of the installation, never for a tenant's role.
 */
export const TENANT_PERMISSIONS = [
  'read:data',
  'write:data',
  'ingest:events',
  'write:metrics',
  'read:dashboards',
  'write:dashboards',
  'read:reports',
  'create:reports',
  'read:users',
  'manage:users',
  'read:tenant',
  'write:tenant',
  'read:audit',
  'manage:keys',
  'read:pii',
] as const;

export const PLATFORM_PERMISSIONS = ['platform:tenants', 'platform:keys', 'platform:enter'] as const;

export type Permission = (typeof TENANT_PERMISSIONS)[number] | (typeof PLATFORM_PERMISSIONS)[number];

const ALL: readonly Permission[] = [...TENANT_PERMISSIONS, ...PLATFORM_PERMISSIONS];

export const isPermission = (value: string): value is Permission => (ALL as readonly string[]).includes(value);

/** The built-in roles as `requirements` fixes them; wildcards are expanded when a token is minted, so verbs compare plain strings. */
export const BUILT_IN_ROLES: Readonly<Record<string, readonly string[]>> = {
  super_admin: ['*'],
  tenant_admin: ['tenant:*'],
  analyst: ['read:data', 'create:reports', 'read:dashboards'],
  viewer: ['read:dashboards', 'read:reports'],
};

/** Expands `*` and `tenant:*`; unknown strings are dropped, since a grant nobody checks is a trap. */
export function expandPermissions(grants: Iterable<string>): Permission[] {
  const expanded = new Set<Permission>();
  for (const grant of grants) {
    if (grant === '*') ALL.forEach((permission) => expanded.add(permission));
    else if (grant === 'tenant:*') TENANT_PERMISSIONS.forEach((permission) => expanded.add(permission));
    else if (isPermission(grant)) expanded.add(grant);
  }
  return [...expanded].sort();
}
