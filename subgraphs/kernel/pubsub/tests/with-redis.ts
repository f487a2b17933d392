/** The suites of a real Redis: run where REDIS_URL names one, else said to be skipped. */
export function describeWithRedis(adapter: string, suite: (url: string) => void): void {
  const url = process.env.REDIS_URL;
  if (!url) process.stderr.write(`${adapter} skipped: no Redis at REDIS_URL\n`);
  (url ? describe : describe.skip)('redis', () => suite(url ?? ''));
}
