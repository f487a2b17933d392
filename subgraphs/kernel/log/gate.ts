/** Holds everybody up while it is closed. */
export class Gate {
  private closed = false;
  private readonly waiting = new Set<() => void>();

  get isClosed(): boolean {
    return this.closed;
  }

  close(): void {
    this.closed = true;
  }

  open(): void {
    this.closed = false;
    for (const pass of [...this.waiting]) pass();
  }

  /** Resolves when the gate is open or the signal aborts. */
  opened(signal: AbortSignal): Promise<void> {
    if (!this.closed || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const pass = () => {
        this.waiting.delete(pass);
        signal.removeEventListener('abort', pass);
        resolve();
      };
      this.waiting.add(pass);
      signal.addEventListener('abort', pass, { once: true });
    });
  }
}
