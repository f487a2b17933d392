import { updateStored } from './session-store';

/** Runs `work` while no other tab of this origin runs under the same lock. */
export type Lock = <T>(work: () => Promise<T>) => Promise<T>;

const NAME = 'datairis.session';
/** Longer than the longest work under the lock, a renewal that runs into its time limit (`REFRESH_TIMEOUT_MS`). */
export const LEASE_MS = 60_000;
const POLL_MS = 60;

/**
 * The Web Locks API where the browser offers it. On plain HTTP (a self-hosted server on a local network) it does not; there a lease in
 * IndexedDB does the same, and expires by itself when the tab that holds it dies.
 */
export function browserLock(): Lock {
  if (typeof navigator !== 'undefined' && 'locks' in navigator) {
    return async (work) => navigator.locks.request(NAME, work);
  }
  return leaseLock({ update: (change) => updateStored(NAME, change) });
}

export interface LeaseOptions {
  /** Replaces the stored lease by what `change` makes of it, as one transaction over all tabs; `undefined` removes it. */
  update(change: (held: unknown) => unknown): Promise<void>;
  now?: () => number;
}

/** A lock by a lease of `LEASE_MS`. Who overran its lease leaves alone that of the tab which has taken over. */
export function leaseLock({ update, now = Date.now }: LeaseOptions): Lock {
  /** Compare and set, so that of two tabs exactly one gets the lease. */
  const acquire = async (owner: string): Promise<boolean> => {
    let acquired = false;
    await update((held) => {
      acquired = !isLease(held) || held.until < now();
      return acquired ? { owner, until: now() + LEASE_MS } : held;
    });
    return acquired;
  };
  const release = (owner: string): Promise<void> =>
    update((held) => (isLease(held) && held.owner === owner ? undefined : held));

  return async (work) => {
    const owner = Math.random().toString(36).slice(2);
    while (!(await acquire(owner))) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    try {
      return await work();
    } finally {
      await release(owner);
    }
  };
}

const isLease = (value: unknown): value is { owner: string; until: number } =>
  typeof value === 'object' &&
  value !== null &&
  'owner' in value &&
  typeof value.owner === 'string' &&
  'until' in value &&
  typeof value.until === 'number';
