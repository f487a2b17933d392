import { withStore } from './session-store';

/** Runs `work` while no other tab of this origin runs under the same lock. */
export type Lock = <T>(work: () => Promise<T>) => Promise<T>;

const NAME = 'datairis.session';
const LEASE_MS = 15_000;
const POLL_MS = 60;

/**
 * The Web Locks API where the browser offers it. On plain HTTP (a self-hosted server on a local network) it does not; there a lease in
 * IndexedDB does the same, and expires by itself when the tab that holds it dies.
 */
export function browserLock(): Lock {
  if (typeof navigator !== 'undefined' && 'locks' in navigator) {
    return async (work) => navigator.locks.request(NAME, work);
  }
  return leaseLock;
}

const leaseLock: Lock = async (work) => {
  const owner = Math.random().toString(36).slice(2);
  while (!(await acquire(owner))) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  try {
    return await work();
  } finally {
    await withStore('readwrite', (store) => store.delete(NAME));
  }
};

/** One readwrite transaction: compare and set, so that of two tabs exactly one gets the lease. */
async function acquire(owner: string): Promise<boolean> {
  let acquired = false;
  await withStore('readwrite', (store) => {
    const request = store.get(NAME);
    request.onsuccess = () => {
      const lease: unknown = request.result;
      acquired = !isLease(lease) || lease.until < Date.now();
      if (acquired) store.put({ owner, until: Date.now() + LEASE_MS }, NAME);
    };
    return request;
  });
  return acquired;
}

const isLease = (value: unknown): value is { until: number } =>
  typeof value === 'object' && value !== null && 'until' in value && typeof value.until === 'number';
