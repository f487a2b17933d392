import type { Lock } from './lock';
import type { Session } from './session';
import type { SessionStore } from './session-store';

export type SignedOutReason = 'none' | 'expired' | 'reused' | 'signed-out';

export type SessionState =
  | { status: 'starting' }
  | { status: 'signed-in'; session: Session }
  | { status: 'signed-out'; reason: SignedOutReason };

/** The server's answer to a refresh. `refused` ends the session; a thrown error (no network, 5xx) does not. */
export type RefreshOutcome = { kind: 'renewed'; session: Session } | { kind: 'refused'; reason: 'expired' | 'reused' };

export interface SessionManagerOptions {
  store: SessionStore;
  lock: Lock;
  refresh(refreshToken: string): Promise<RefreshOutcome>;
  now?: () => number;
  /** Tells the other tabs that the stored session changed. */
  announce?: () => void;
}

/** Thrown when a token is asked for and nobody is signed in. */
export class SignedOutError extends Error {
  override readonly name = 'SignedOutError';
}

/** Renew this long before the access token ends, so that no request meets a dead one. */
const EARLY_MS = 60_000;
/** A token with less than this left is not worth sending. */
const USABLE_MS = 5_000;
const RETRY_MS = 5_000;

/**
 * Owns the session of this tab and renews it. A refresh token is spent at most once over all tabs: renewals of one tab share one promise,
 * tabs take turns under the lock, and whoever gets its turn first looks whether another tab has already renewed.
 */
export class SessionManager {
  #state: SessionState = { status: 'starting' };
  #inFlight: Promise<Session> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #listeners = new Set<() => void>();
  readonly #options: SessionManagerOptions;

  constructor(options: SessionManagerOptions) {
    this.#options = options;
  }

  get state(): SessionState {
    return this.#state;
  }

  readonly getState = (): SessionState => this.#state;

  /** For `useSyncExternalStore`; returns the function that stops listening. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Takes up what is stored: on start, and whenever another tab announces a change. */
  async reload(): Promise<void> {
    const stored = await this.#options.store.read().catch(() => null);
    if (stored && stored.refreshExpiresAt > this.#now()) this.#signedIn(stored);
    else this.#signedOut(this.#state.status === 'signed-in' ? 'signed-out' : 'none');
  }

  /** Takes a session just issued by sign-in, registration or a change of workspace. */
  async adopt(session: Session): Promise<void> {
    await this.#options.lock(() => this.#options.store.write(session));
    this.#signedIn(session);
    this.#options.announce?.();
  }

  async signOut(reason: SignedOutReason = 'signed-out'): Promise<void> {
    await this.#options.lock(() => this.#options.store.clear());
    this.#signedOut(reason);
    this.#options.announce?.();
  }

  /** A usable access token. Throws `SignedOutError`, or what `refresh` threw while the server could not be reached. */
  async token(): Promise<string> {
    const state = this.#state;
    if (state.status !== 'signed-in') throw new SignedOutError();
    if (state.session.accessExpiresAt - this.#now() > USABLE_MS) return state.session.accessToken;
    return (await this.#renew(state.session.accessToken)).accessToken;
  }

  /** A token other than `rejected`, which the server has refused. */
  async replace(rejected: string): Promise<string> {
    const state = this.#state;
    if (state.status !== 'signed-in') throw new SignedOutError();
    if (state.session.accessToken !== rejected) return state.session.accessToken;
    return (await this.#renew(rejected)).accessToken;
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#listeners.clear();
  }

  #renew(rejected: string): Promise<Session> {
    this.#inFlight ??= this.#options
      .lock(() => this.#renewAlone(rejected))
      .finally(() => {
        this.#inFlight = undefined;
      });
    return this.#inFlight;
  }

  async #renewAlone(rejected: string): Promise<Session> {
    const held = await this.#options.store.read();
    if (!held) {
      this.#signedOut('signed-out');
      throw new SignedOutError();
    }
    if (held.accessToken !== rejected && held.accessExpiresAt - this.#now() > USABLE_MS) {
      this.#signedIn(held);
      return held;
    }
    const outcome = await this.#options.refresh(held.refreshToken);
    if (outcome.kind === 'refused') {
      await this.#options.store.clear();
      this.#signedOut(outcome.reason);
      this.#options.announce?.();
      throw new SignedOutError();
    }
    await this.#options.store.write(outcome.session);
    this.#signedIn(outcome.session);
    this.#options.announce?.();
    return outcome.session;
  }

  #signedIn(session: Session): void {
    const state = this.#state;
    if (state.status !== 'signed-in' || state.session.accessToken !== session.accessToken) {
      this.#set({ status: 'signed-in', session });
    }
    // Half of what is left bounds it from below: a token that lives shorter than a minute must not renew in a loop.
    const left = session.accessExpiresAt - this.#now();
    this.#plan(Math.max(left - EARLY_MS, left / 2));
  }

  #signedOut(reason: SignedOutReason): void {
    clearTimeout(this.#timer);
    if (this.#state.status !== 'signed-out') this.#set({ status: 'signed-out', reason });
  }

  #plan(delay: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#renewEarly(), Math.max(0, delay));
  }

  async #renewEarly(): Promise<void> {
    const state = this.#state;
    if (state.status !== 'signed-in') return;
    try {
      await this.#renew(state.session.accessToken);
    } catch (error) {
      // The server is away: the token in hand may still work, and the next attempt comes soon.
      if (!(error instanceof SignedOutError)) this.#plan(RETRY_MS);
    }
  }

  #set(state: SessionState): void {
    this.#state = state;
    for (const listener of [...this.#listeners]) listener();
  }

  #now(): number {
    return (this.#options.now ?? Date.now)();
  }
}
