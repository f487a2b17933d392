import { applyDashboardEvent, EMPTY, type DashboardEvent, type LiveState, type TileState } from './live-reducer';

/** Schedules one flush of the gathered events; the app passes `nextFrame`. */
export type Schedule = (flush: () => void) => void;

/**
 * Holds a dashboard's live state outside React. Events are gathered and applied once per frame, and a tile's component listens to its own
 * slice, so that a burst over fifty tiles costs one pass and renders only what changed.
 */
export class LiveStore {
  #state: LiveState = EMPTY;
  #pending: { message: DashboardEvent; at: number }[] = [];
  #scheduled = false;
  readonly #listeners = new Set<() => void>();

  constructor(
    private readonly schedule: Schedule,
    private readonly now: () => number = Date.now,
  ) {}

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly getState = (): LiveState => this.#state;

  tile(id: string): TileState | undefined {
    return this.#state.tiles[id];
  }

  /** The token to continue from. Applies what is gathered first, so that nothing is asked for twice. */
  resumeToken(): string | undefined {
    this.#flush();
    return this.#state.resumeToken;
  }

  push(message: DashboardEvent): void {
    this.#pending.push({ message, at: this.now() });
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.schedule(() => this.#flush());
  }

  /** Forgets the resume token: the next stream begins with snapshots. What is on screen stays until they come. */
  restart(): void {
    this.#pending = [];
    this.#state = { ...this.#state, resumeToken: undefined, broken: false };
  }

  #flush(): void {
    this.#scheduled = false;
    const pending = this.#pending;
    if (pending.length === 0) return;
    this.#pending = [];
    this.#state = pending.reduce((state, { message, at }) => applyDashboardEvent(state, message, at), this.#state);
    for (const listener of [...this.#listeners]) listener();
  }
}
