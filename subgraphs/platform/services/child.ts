import { spawn, type ChildProcess } from 'node:child_process';
import type { Logger } from '../../kernel/logger';

const FIRST_BACK_OFF_MS = 200;
const LONGEST_BACK_OFF_MS = 10_000;
const HEALTHY_AFTER_MS = 30_000;
/** Below the ten seconds that our own stop gives each resource. */
const STOP_GRACE_MS = 9_000;

export interface ChildOptions {
  name: string;
  script: string;
  env: Record<string, string>;
  log: Logger;
}

/** One service's process, started again with back-off when it ends by itself. */
export class Child {
  private process: ChildProcess | undefined;
  private stopping = false;
  private failures = 0;
  private retry: NodeJS.Timeout | undefined;

  constructor(private readonly options: ChildOptions) {
    this.start();
  }

  private start(): void {
    const { name, script, env, log } = this.options;
    const began = Date.now();
    // A group of its own, so that Ctrl-C reaches it once, through us; the channel tells it when we are gone without a word.
    const child = spawn(process.execPath, [script], {
      env: { ...process.env, ...env },
      detached: true,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.process = child;
    child.once('error', (error) => log.error({ err: error, child: name }, 'service could not be started'));
    child.once('exit', (code, signal) => {
      this.process = undefined;
      if (this.stopping) return;
      if (Date.now() - began > HEALTHY_AFTER_MS) this.failures = 0;
      const delay = Math.min(FIRST_BACK_OFF_MS * 2 ** this.failures++, LONGEST_BACK_OFF_MS);
      log.warn({ child: name, code, signal, delay_ms: delay }, 'service ended; starting it again');
      this.retry = setTimeout(() => this.start(), delay);
    });
  }

  /** How often it has ended by itself since it last lived for a while. */
  get failed(): number {
    return this.failures;
  }

  /** SIGTERM, then SIGKILL for one that does not drain in time. */
  async stop(): Promise<void> {
    this.stopping = true;
    clearTimeout(this.retry);
    const child = this.process;
    if (!child) return;
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_GRACE_MS);
    await ended;
    clearTimeout(timer);
  }
}
