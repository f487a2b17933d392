import type { Logger } from './logger';

type Closer = () => Promise<void> | void;

/**
 * Owns what a process has started and stops it in the reverse order. Whoever starts a resource registers its closer in the same breath.
 * `stop` is idempotent, runs every closer even if one throws, and gives each at most `graceMs`.
 */
export class Lifecycle {
  private readonly closers: { name: string; close: Closer }[] = [];
  private stopping: Promise<void> | undefined;

  constructor(
    private readonly log: Logger,
    private readonly graceMs = 10_000,
  ) {}

  /** Registers a resource that is running now. */
  own(name: string, close: Closer): void {
    this.closers.push({ name, close });
  }

  get isStopping(): boolean {
    return this.stopping !== undefined;
  }

  stop(): Promise<void> {
    this.stopping ??= this.closeAll();
    return this.stopping;
  }

  private async closeAll(): Promise<void> {
    for (const { name, close } of this.closers.reverse()) {
      try {
        await withDeadline(Promise.resolve().then(close), this.graceMs, name);
      } catch (error) {
        this.log.error({ err: error, resource: name }, 'resource did not stop cleanly');
      }
    }
  }
}

async function withDeadline(work: Promise<void>, milliseconds: number, name: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${name} took longer than ${milliseconds} ms to stop`)), milliseconds);
  });
  try {
    await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

/** Stops on SIGTERM and SIGINT, then exits; a second signal exits at once. */
export function stopOnSignals(lifecycle: Lifecycle, log: Logger): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (lifecycle.isStopping) process.exit(1);
      log.info({ signal }, 'stopping');
      void lifecycle.stop().then(() => process.exit(0));
    });
  }
}
