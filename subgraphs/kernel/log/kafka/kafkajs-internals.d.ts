/** kafkajs 2.2.4 has no types for its insides; this is the little that `mend-request-queue.ts` touches. */
declare module 'kafkajs/src/network/requestQueue' {
  export default class RequestQueue {
    pending: unknown[];
    throttledUntil: number;
    throttleCheckTimeoutId: NodeJS.Timeout | null;
    constructor(options: Record<string, unknown>);
    push(request: {
      entry: { correlationId: number; resolve: () => void; reject: () => void };
      expectResponse: boolean;
      sendRequest: () => void;
      requestTimeout?: number;
    }): void;
    maybeThrottle(milliseconds: number | null): void;
    checkPendingRequests(): void;
    scheduleCheckPendingRequests(): void;
    destroy(): void;
  }
}
