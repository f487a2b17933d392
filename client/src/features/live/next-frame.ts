const LONGEST_WAIT_MS = 250;

/**
 * Calls `flush` once: in the next animation frame or after 250 ms, whichever comes first. A tab gets no frames while it is hidden, also
 * none that it asked for before; the timer keeps its numbers (and its memory) up to date.
 */
export function nextFrame(flush: () => void): void {
  const frame = requestAnimationFrame(() => {
    clearTimeout(timer);
    flush();
  });
  const timer = setTimeout(() => {
    cancelAnimationFrame(frame);
    flush();
  }, LONGEST_WAIT_MS);
}
