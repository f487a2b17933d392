import type { Lifecycle } from '../../kernel/lifecycle';
import type { Logger } from '../../kernel/logger';
import { demoCredentials } from './credentials';
import { runDemo } from './seed';

/** Starts the demonstration beside the product, which is usable meanwhile, and prints once how to sign in. */
export function startDemo({
  url,
  dataDir,
  log,
  lifecycle,
}: {
  url: string;
  dataDir: string;
  log: Logger;
  lifecycle: Lifecycle;
}): void {
  const { fresh, ...credentials } = demoCredentials(dataDir);
  const stop = new AbortController();
  const demo = runDemo({ url, credentials, log, signal: stop.signal }).catch((error: unknown) => {
    if (!stop.signal.aborted)
      log.error({ err: error }, 'the demonstration stopped; the product goes on, the next start tries again');
  });
  lifecycle.own('demonstration', async () => {
    stop.abort();
    await demo;
  });
  process.stdout.write(
    fresh
      ? `Sign in to the demonstration as ${credentials.email} with the password ${credentials.password}\n\n`
      : `The demonstration's sign-in is in ${dataDir}/demo.json\n\n`,
  );
}
