import type { Actor } from '../kernel/context';

/** The user behind an actor; null for keys and for the platform itself. */
export function userIdOf(actor: Actor): string | null {
  if (actor.kind === 'service') return userIdOf(actor.onBehalfOf);
  return actor.kind === 'user' ? actor.userId : null;
}
