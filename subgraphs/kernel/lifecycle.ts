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

const SAME_CTRL_C_MS = 1_000;

/**
 * Stops on SIGTERM and SIGINT, and when the parent that started this process over IPC is gone; then exits. A second Ctrl-C exits at once, but
 * not the same one come twice: a terminal sends it to the whole group, and whoever started us passes it on as well.
 */
export function stopOnSignals(lifecycle: Lifecycle, log: Logger, further: readonly NodeJS.Signals[] = []): void {
  let since = 0;
  const stop = (reason: string): void => {
    if (lifecycle.isStopping) return;
    since = Date.now();
    log.info({ reason }, 'stopping');
    void lifecycle.stop().then(() => process.exit(0));
  };
  for (const signal of ['SIGTERM', 'SIGINT', ...further] as const) {
    process.on(signal, () => {
      if (lifecycle.isStopping && signal === 'SIGINT' && Date.now() - since > SAME_CTRL_C_MS) process.exit(1);
      stop(signal);
    });
  }
  if (process.connected) process.once('disconnect', () => stop('the parent is gone'));
}
