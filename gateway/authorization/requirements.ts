import type { Identity } from '../../subgraphs/kernel/context';

/** What a field or type asks of its reader. Lists of lists are an OR of ANDs. */
export type Requirement =
  | { kind: 'authenticated'; id: string }
  | { kind: 'scopes'; id: string; anyOf: readonly (readonly string[])[] }
  | { kind: 'policies'; id: string; anyOf: readonly (readonly string[])[] };

/** Decides a `@policy` name for an identity. Without one every policy is denied. */
export type PolicyEvaluator = (policy: string, identity: Identity) => boolean;

const denyAll: PolicyEvaluator = () => false;

/** Whether this identity fulfils the requirement. */
export function isFulfilled(requirement: Requirement, identity: Identity, policy: PolicyEvaluator = denyAll): boolean {
  switch (requirement.kind) {
    case 'authenticated':
      return identity.actor.kind !== 'anonymous';
    case 'scopes':
      return some(requirement.anyOf, (scope) => identity.permissions.includes(scope));
    case 'policies':
      return some(requirement.anyOf, (name) => policy(name, identity));
  }
}

const some = (anyOf: readonly (readonly string[])[], holds: (name: string) => boolean): boolean =>
  anyOf.some((all) => all.every(holds));
