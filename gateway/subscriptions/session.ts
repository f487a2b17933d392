import type { Identity } from '../../subgraphs/kernel/context';
import type { EventStream } from './event-stream';
import { GraphQLError } from 'graphql';

const LONGEST_TIMER_MS = 2_147_483_647;

export interface SessionHooks {
  /** Called when the credential ends without having been renewed. */
  onExpired(): void;
  /** Watches for the end of the session behind a credential; answers what stops the watching. */
  watch(identity: Identity): () => void;
}

/** The identity of one socket while its credential lasts, and the streams that live by it. */
export class Session {
  readonly streams = new Set<EventStream>();
  private timer: NodeJS.Timeout | undefined;
  private unwatch: () => void = () => undefined;
  private closed = false;

  constructor(
    private current: Identity,
    private readonly hooks: SessionHooks,
  ) {
    this.follow();
  }

  get identity(): Identity {
    return this.current;
  }

  /** Takes a newer credential of the same user and tenant; false when it is somebody else's. */
  renew(next: Identity): boolean {
    if (!sameActor(this.current, next)) return false;
    if (this.closed) return true;
    const changed = permissionsOf(this.current) !== permissionsOf(next);
    this.current = next;
    this.follow();
    // Streams were authorized and opened under the old permissions.
    if (changed) for (const stream of [...this.streams]) stream.fail(permissionsChanged());
    return true;
  }

  /** Ends the streams too, whoever else does. Idempotent. */
  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    this.unwatch();
    for (const stream of [...this.streams]) void stream.return();
  }

  /** A token may be of another session of the same user: it is that one whose end counts from now on. */
  private follow(): void {
    this.unwatch();
    this.unwatch = this.hooks.watch(this.current);
    this.schedule();
  }

  private schedule(): void {
    clearTimeout(this.timer);
    const { expiresAt } = this.current;
    if (expiresAt === null) return;
    const wait = Math.min(Math.max(0, expiresAt * 1_000 - Date.now()), LONGEST_TIMER_MS);
    this.timer = setTimeout(() => {
      if (expiresAt * 1_000 <= Date.now()) this.hooks.onExpired();
      else this.schedule();
    }, wait);
  }
}

function sameActor(a: Identity, b: Identity): boolean {
  return (
    a.actor.kind === 'user' && b.actor.kind === 'user' && a.actor.userId === b.actor.userId && a.tenantId === b.tenantId
  );
}

const permissionsOf = ({ permissions }: Identity): string => [...permissions].sort().join('\n');

/** A code that passes: with FORBIDDEN clients would give up, though the new permissions may well allow the stream. */
const permissionsChanged = (): GraphQLError =>
  new GraphQLError('Your permissions have changed. Subscribe again.', { extensions: { code: 'UNAVAILABLE' } });
