import type { Session } from './session';

/** Where tabs share the session. Every read sees every write that finished before it, in any tab. */
export interface SessionStore {
  read(): Promise<Session | null>;
  write(session: Session): Promise<void>;
  clear(): Promise<void>;
}

const DATABASE = 'datairis';
const STORE = 'session';
const KEY = 'current';

/**
 * Keeps the session in IndexedDB. The choice, for an API that is GraphQL only and sets no cookie:
 *
 * - An `HttpOnly` cookie would be out of a script's reach, but needs a cookie-setting endpoint and brings CSRF with it.
 * - `localStorage` reaches other tabs' processes late. A tab could read a refresh token that another has already spent, and the
 *   server's reuse detection would end the session. IndexedDB's transactions are ordered across tabs, so under the lock a read is current.
 * - Memory only would sign the user out on every reload, and a wall dashboard on every browser restart.
 *
 * What bounds a stolen token: a content security policy without inline or foreign scripts, rotation with reuse detection, 15 minutes for
 * the access token. It lies beside the refresh token, which is worth more, so that a reload does not spend a rotation.
 */
export function indexedDbSessionStore(): SessionStore {
  return {
    read: async () =>
      (await withStore<Session | undefined>(
        'readonly',
        (store) => store.get(KEY) as IDBRequest<Session | undefined>,
      )) ?? null,
    write: async (session) => void (await withStore('readwrite', (store) => store.put(session, KEY))),
    clear: async () => void (await withStore('readwrite', (store) => store.delete(KEY))),
  };
}

/** Runs one request in one transaction and resolves when the transaction is complete, so that other tabs see it. */
export async function withStore<T>(
  mode: IDBTransactionMode,
  work: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  const database = await open();
  return new Promise<T>((resolve, reject) => {
    const transaction = database.transaction(STORE, mode);
    const request = work(transaction.objectStore(STORE));
    transaction.oncomplete = () => resolve(request.result);
    transaction.onabort = transaction.onerror = () => reject(transaction.error ?? new Error('Storage failed'));
  });
}

/** Replaces what lies under `key` by what `change` makes of it, in one transaction; `undefined` removes it. */
export async function updateStored(key: string, change: (held: unknown) => unknown): Promise<void> {
  await withStore('readwrite', (store) => {
    const request = store.get(key);
    request.onsuccess = () => {
      const held: unknown = request.result;
      const next = change(held);
      if (next === undefined) store.delete(key);
      else if (next !== held) store.put(next, key);
    };
    return request;
  });
}

let opened: Promise<IDBDatabase> | undefined;

function open(): Promise<IDBDatabase> {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => {
      // The browser may close the database (storage cleared, version change): open it anew next time.
      request.result.onclose = request.result.onversionchange = () => {
        request.result.close();
        opened = undefined;
      };
      resolve(request.result);
    };
    request.onerror = () => {
      opened = undefined;
      reject(request.error ?? new Error('Storage is not available'));
    };
  });
  return opened;
}
