import type { Identity } from '../../subgraphs/kernel/context';
import type { EventStream } from './event-stream';
import { GraphQLError } from 'graphql';

const LONGEST_TIMER_MS = 2_147_483_647;

/** The identity of one socket while its credential lasts, and the streams that live by it. */
export class Session {
  readonly streams = new Set<EventStream>();
  private timer: NodeJS.Timeout | undefined;

  /** @param onExpired called when the credential ends without having been renewed. */
  constructor(
    private current: Identity,
    private readonly onExpired: () => void,
  ) {
    this.schedule();
  }

  get identity(): Identity {
    return this.current;
  }

  /** Takes a newer credential of the same user and tenant; false when it is somebody else's. */
  renew(next: Identity): boolean {
    if (!sameActor(this.current, next)) return false;
    const changed = permissionsOf(this.current) !== permissionsOf(next);
    this.current = next;
    this.schedule();
    // Streams were authorized and opened under the old permissions.
    if (changed) for (const stream of [...this.streams]) stream.fail(permissionsChanged());
    return true;
  }

  close(): void {
    clearTimeout(this.timer);
  }

  private schedule(): void {
    clearTimeout(this.timer);
    const { expiresAt } = this.current;
    if (expiresAt === null) return;
    const wait = Math.min(Math.max(0, expiresAt * 1_000 - Date.now()), LONGEST_TIMER_MS);
    this.timer = setTimeout(() => {
      if (expiresAt * 1_000 <= Date.now()) this.onExpired();
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

const permissionsChanged = (): GraphQLError =>
  new GraphQLError('Your permissions have changed. Subscribe again.', { extensions: { code: 'FORBIDDEN' } });
