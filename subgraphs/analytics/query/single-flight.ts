interface Flight {
  result: Promise<unknown>;
  controller: AbortController;
  waiting: number;
}

/**
 * Runs equal work once however many ask for it at the same time. A caller that goes away leaves the work to the others; when the last one
 * has left, the work is aborted.
 */
export class SingleFlight {
  private readonly flights = new Map<string, Flight>();

  async run<T>(key: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    const flight = this.flights.get(key) ?? this.start(key, work);
    flight.waiting++;
    const aborted = Promise.withResolvers<never>();
    const abort = () => aborted.reject(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
    try {
      return await Promise.race([flight.result as Promise<T>, aborted.promise]);
    } finally {
      signal.removeEventListener('abort', abort);
      if (--flight.waiting === 0) {
        if (this.flights.get(key) === flight) this.flights.delete(key);
        flight.controller.abort();
      }
    }
  }

  private start<T>(key: string, work: (signal: AbortSignal) => Promise<T>): Flight {
    const controller = new AbortController();
    const result = work(controller.signal).finally(() => {
      if (this.flights.get(key) === flight) this.flights.delete(key);
    });
    result.catch(() => undefined); // whoever still waits gets it; nobody may be left to
    const flight: Flight = { result, controller, waiting: 0 };
    this.flights.set(key, flight);
    return flight;
  }
}
