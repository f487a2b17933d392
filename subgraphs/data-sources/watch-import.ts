import type { Ctx } from '../kernel/context';
import { getImportRun } from './get-import-run';
import { isFinished, type ImportRunRow } from './import-run.entity';
import { importChannel } from './run/progress';
import type { Unsubscribe } from '../kernel/pubsub/pubsub';

const POLL_MS = 5_000;

/**
 * The run now, then after each change, to its end. A signal only says that there is something to read; should one be lost, a slow poll
 * finds the change. Ends at once when the reader returns or the request is aborted.
 */
export async function watchImport(
  ctx: Ctx,
  id: string,
  pollMs = POLL_MS,
): Promise<AsyncIterableIterator<ImportRunRow>> {
  // Authorises and finds it before the stream opens.
  await getImportRun(ctx, { id });
  const watch = new ImportWatch(ctx, id, pollMs);
  await watch.open();
  return watch;
}

class ImportWatch implements AsyncIterableIterator<ImportRunRow> {
  private unsubscribe: Unsubscribe | undefined;
  private changed = true;
  private done = false;
  private lastSeen = '';
  private wake: (() => void) | undefined;

  constructor(
    private readonly ctx: Ctx,
    private readonly id: string,
    private readonly pollMs: number,
  ) {}

  async open(): Promise<void> {
    const note = () => this.note();
    this.unsubscribe = await this.ctx.stores.pubsub.subscribe(
      importChannel(this.ctx.tenantId ?? '', this.id),
      note,
      note,
    );
    this.ctx.signal.addEventListener('abort', this.stop, { once: true });
    if (this.ctx.signal.aborted) await this.return();
  }

  async next(): Promise<IteratorResult<ImportRunRow>> {
    while (!this.done) {
      if (!this.changed) await this.wait();
      if (this.done) break;
      this.changed = false;
      const run = await getImportRun(this.ctx, { id: this.id });
      const seen = JSON.stringify({ ...run, heartbeatAt: null });
      if (seen === this.lastSeen) continue;
      this.lastSeen = seen;
      if (isFinished(run.status)) await this.close();
      return { value: run, done: false };
    }
    return { value: undefined, done: true };
  }

  async return(): Promise<IteratorResult<ImportRunRow>> {
    await this.close();
    return { value: undefined, done: true };
  }

  async throw(error: unknown): Promise<IteratorResult<ImportRunRow>> {
    await this.close();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  private note(): void {
    this.changed = true;
    this.wake?.();
  }

  private readonly stop = (): void => void this.close();

  private wait(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.note(), this.pollMs);
      this.wake = () => {
        clearTimeout(timer);
        this.wake = undefined;
        resolve();
      };
    });
  }

  private async close(): Promise<void> {
    this.done = true;
    this.wake?.();
    this.ctx.signal.removeEventListener('abort', this.stop);
    const { unsubscribe } = this;
    this.unsubscribe = undefined;
    await unsubscribe?.();
  }
}
