import { randomBytes } from 'node:crypto';
import bcrypt from 'bcrypt';
import { DomainError } from '../kernel/errors';

/** Hashing keeps a thread of the process busy; more at a time would starve files and name look-ups. */
const AT_ONCE = 2;
const MAX_WAITING = 64;

/** Hashes and compares passwords. Texts are of at most 72 bytes: the callers' schemas see to it, since bcrypt ignores the rest. */
export interface Passwords {
  hash(password: string): Promise<string>;
  /** With no hash (nobody has this e-mail) the same work is done, and the answer is no. */
  matches(password: string, hash: string | null): Promise<boolean>;
  /** True when the hash was made with another cost than the present one. */
  isOutdated(hash: string): boolean;
}

export function createPasswords(cost: number): Passwords {
  const lane = boundedLane(AT_ONCE, MAX_WAITING);
  const dummy = bcrypt.hash(randomBytes(24).toString('base64'), cost);
  dummy.catch(() => undefined); // reported by whoever awaits it
  return {
    hash: (password) => lane(() => bcrypt.hash(password, cost)),
    matches: (password, hash) =>
      lane(async () => (await bcrypt.compare(password, hash ?? (await dummy))) && hash !== null),
    isOutdated: (hash) => bcrypt.getRounds(hash) !== cost,
  };
}

/** Runs at most `atOnce` at a time; when `maxWaiting` wait already, the next is sent away rather than queued. */
function boundedLane(atOnce: number, maxWaiting: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running >= atOnce) {
      if (waiting.length >= maxWaiting) {
        throw new DomainError('UNAVAILABLE', 'Many people are signing in just now. Try again in a few seconds.', {
          retryAfterSeconds: 5,
        });
      }
      await new Promise<void>((resolve) => waiting.push(resolve)); // takes over the place of whoever wakes it
    } else {
      running += 1;
    }
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };
}
