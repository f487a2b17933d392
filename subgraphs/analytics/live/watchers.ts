/** Listeners by key. */
export class Watchers {
  private readonly listeners = new Map<string, Set<() => void>>();

  /** Answers a function that removes the listener. */
  add(key: string, listener: () => void): () => void {
    const own = this.listeners.get(key) ?? new Set();
    this.listeners.set(key, own);
    // A function of its own, so that the same listener can be there twice.
    const call = () => listener();
    own.add(call);
    return () => {
      own.delete(call);
      if (own.size === 0 && this.listeners.get(key) === own) this.listeners.delete(key);
    };
  }

  notify(key: string): void {
    for (const call of [...(this.listeners.get(key) ?? [])]) call();
  }

  notifyAll(): void {
    for (const key of [...this.listeners.keys()]) this.notify(key);
  }
}
