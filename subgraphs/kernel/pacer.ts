const FIRST_BACK_OFF_MS = 100;
const LONGEST_BACK_OFF_MS = 10_000;

/** Paces a loop: waits until woken or until the poll interval has passed, and backs off with jitter after failures. */
export class Pacer {
  private waiter: (() => void) | undefined;
  private woken = false;
  private failures = 0;

  constructor(private readonly pollMs: number) {}

  /** Ends the present wait, or the next one at once. */
  wake(): void {
    this.woken = true;
    this.waiter?.();
  }

  async wait(): Promise<void> {
    this.failures = 0;
    if (!this.woken) await this.sleep(this.pollMs);
    this.woken = false;
  }

  /** Waits longer after each failure in a row; a wake-up does not shorten it by much, so that a broken store is not hammered. */
  async backOff(): Promise<void> {
    const ceiling = Math.min(FIRST_BACK_OFF_MS * 2 ** this.failures++, LONGEST_BACK_OFF_MS);
    await this.sleep(ceiling / 2 + Math.random() * (ceiling / 2));
  }

  private sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.waiter = undefined;
        resolve();
      };
      const timer = setTimeout(done, milliseconds);
      this.waiter = done;
    });
  }
}
