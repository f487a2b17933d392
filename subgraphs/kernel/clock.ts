/** Where time comes from, so that a test can move it. Never call `Date.now()` in a verb. */
export interface Clock {
  now(): Date;
}

export const systemClock: Clock = { now: () => new Date() };

/** A clock that a test sets and advances. */
export class ManualClock implements Clock {
  constructor(private at: Date = new Date('2026-01-01T00:00:00Z')) {}

  now(): Date {
    return new Date(this.at);
  }

  set(at: Date): void {
    this.at = at;
  }

  advance(milliseconds: number): void {
    this.at = new Date(this.at.getTime() + milliseconds);
  }
}
