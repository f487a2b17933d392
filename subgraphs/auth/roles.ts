import { BUILT_IN_ROLES, expandPermissions, type Permission } from '../kernel/permissions';

export interface RoleView {
  name: string;
  /** Wildcards expanded, sorted. */
  permissions: Permission[];
  builtIn: boolean;
}

/** The role called `name`, or null. */
export function roleByName(name: string): RoleView | null {
  if (!Object.hasOwn(BUILT_IN_ROLES, name)) return null;
  return { name, permissions: expandPermissions(BUILT_IN_ROLES[name]!), builtIn: true };
}

export const allRoles = (): RoleView[] => Object.keys(BUILT_IN_ROLES).map((name) => roleByName(name)!);

/** Roles of a membership; a name nobody knows is no role and grants nothing. */
export const rolesByName = (names: readonly string[]): RoleView[] =>
  names.map(roleByName).filter((role): role is RoleView => role !== null);

/** What these roles grant together, wildcards expanded, sorted. */
export const permissionsOf = (names: readonly string[]): Permission[] =>
  expandPermissions(rolesByName(names).flatMap(({ permissions }) => permissions));
