import RequestQueue from 'kafkajs/src/network/requestQueue';

const CHECK_INTERVAL_MS = 10;

/**
 * Mends kafkajs 2.2.4, which is no longer maintained (tulios/kafkajs#1751): with nothing pending and nothing throttled its request queue
 * sets a timer to "now minus the epoch", which Node 24 reports (TimeoutNegativeWarning) and turns into 1 ms, and the timer sets itself
 * again: a busy loop for each broker. A check is only needed while requests wait; `push` schedules one when the first comes to wait.
 * Remove it together with kafkajs.
 */
export function mendRequestQueue(): void {
  RequestQueue.prototype.scheduleCheckPendingRequests = function scheduleCheckPendingRequests(): void {
    if (this.throttleCheckTimeoutId || this.pending.length === 0) return;
    const wait = this.throttledUntil - Date.now();
    this.throttleCheckTimeoutId = setTimeout(
      () => {
        this.throttleCheckTimeoutId = null;
        this.checkPendingRequests();
      },
      wait > 0 ? wait : CHECK_INTERVAL_MS,
    );
  };
}
