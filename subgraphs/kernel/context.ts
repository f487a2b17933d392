import type { EntityManager } from 'typeorm';
import type { Clock } from './clock';
import type { LoaderRegistry } from './loaders';
import type { Logger } from './logger';
import type { Stores } from './stores';

/** Who acts. A service acts for somebody: the policies applied are those of the one it acts for. */
export type Actor =
  | { kind: 'anonymous' }
  | { kind: 'user'; userId: string; sessionId: string }
  | { kind: 'apiKey'; keyId: string }
  | { kind: 'service'; service: string; onBehalfOf: Exclude<Actor, { kind: 'service' }> };

/** What the gateway vouches for. Frozen; the same object in process and, as a signed token, over HTTP. */
export interface Identity {
  readonly tenantId: string | null;
  readonly actor: Actor;
  readonly permissions: readonly string[];
  readonly requestId: string;
  readonly address: string | null;
  readonly locale: string;
  readonly timeZone: string;
  /** Unix seconds at which the client's credential ends; a stream must not outlive it. Null for services. */
  readonly expiresAt: number | null;
}

/** Everything a verb may use. No globals. */
export interface Ctx {
  readonly identity: Identity;
  readonly tenantId: string | null;
  readonly actor: Actor;
  readonly permissions: ReadonlySet<string>;
  readonly requestId: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly stores: Stores;
  /** DataLoaders of this request. */
  readonly loaders: LoaderRegistry;
}

/** A context that is certain of its tenant. */
export interface TenantCtx extends Ctx {
  readonly tenantId: string;
}

/** Inside a verb: the tenant-scoped transaction is open. */
export interface TxCtx extends TenantCtx {
  readonly tx: EntityManager;
}

/** The id that audit rows and owners carry for an actor. */
export function actorId(actor: Actor): string | null {
  switch (actor.kind) {
    case 'anonymous':
      return null;
    case 'user':
      return actor.userId;
    case 'apiKey':
      return actor.keyId;
    case 'service':
      return actorId(actor.onBehalfOf);
  }
}
