/**
 * Milliseconds to wait before attempt `attempt` (0 is the first repetition): full jitter over an exponential ceiling, so that a thousand
 * dashboards do not come back in the same second after a restart.
 */
export function backoff(
  attempt: number,
  random: () => number = Math.random,
  firstMs = 500,
  longestMs = 20_000,
): number {
  const ceiling = Math.min(longestMs, firstMs * 2 ** Math.min(attempt, 16));
  return Math.round(ceiling / 4 + random() * ceiling * 0.75);
}
