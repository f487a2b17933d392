import type { PgBoss } from 'pg-boss';
import type { Logger } from '../logger';
import type { JobSpec } from './jobs';

/** How a job is kept in the queue. */
export interface Envelope<P = unknown> {
  tenantId: string;
  payload: P;
}

export interface Running {
  name: string;
  id: string;
  /** With the id it names the attempt we hold: once the job was given to another worker, nothing we say about it counts. */
  retryCount: number;
  stop: AbortController;
}

export interface WorkerDeps {
  boss: PgBoss;
  log: Logger;
  pollMs: number;
  /** Puts a job back as if it had never been fetched. */
  giveBack(job: Running): Promise<void>;
}

/** Fetches and runs the jobs of one queue: as many at once as allowed, the next as soon as one ends. */
export class Worker {
  readonly running = new Set<Running>();
  private readonly settled = new Set<Promise<void>>();
  private stopping = false;
  private woken = false;
  private wakeUp: (() => void) | undefined;
  private loop: Promise<void> | undefined;

  constructor(
    private readonly deps: WorkerDeps,
    private readonly spec: JobSpec<object>,
  ) {}

  get name(): string {
    return this.spec.name;
  }

  start(): void {
    this.loop = this.run();
  }

  /** There may be work now. */
  wake(): void {
    this.woken = true;
    this.wakeUp?.();
  }

  async stop(): Promise<void> {
    this.stopping = true;
    this.wake();
    await this.loop;
    this.running.forEach(({ stop }) => stop.abort(new Error('the process is stopping')));
    await Promise.all(this.settled);
  }

  private async run(): Promise<void> {
    const { boss, log, pollMs } = this.deps;
    const concurrency = this.spec.concurrency ?? 1;
    while (!this.stopping) {
      this.woken = false;
      const free = concurrency - this.running.size;
      try {
        if (free > 0) {
          const jobs = await boss.fetch<Envelope<object>>(this.name, { batchSize: free });
          jobs.forEach((job) => this.begin({ ...job.data, id: job.id, retryCount: job.retryCount }));
        }
      } catch (error) {
        log.error({ err: error, job: this.name }, 'jobs cannot be fetched');
        this.woken = false; // no faster than polling while the database is away
      }
      await this.sleep(pollMs);
    }
  }

  private begin(job: Envelope<object> & { id: string; retryCount: number }): void {
    const running: Running = { name: this.name, id: job.id, retryCount: job.retryCount, stop: new AbortController() };
    this.running.add(running);
    const done = this.handle(job, running)
      .catch((error: unknown) => {
        // The heartbeat ends now, so the job is found and given out again.
        this.deps.log.error(
          { err: error, job: this.name, job_id: job.id },
          'the outcome of a job could not be recorded',
        );
      })
      .finally(() => {
        this.running.delete(running);
        this.settled.delete(done);
        this.wake();
      });
    this.settled.add(done);
  }

  private async handle(job: Envelope<object>, running: Running): Promise<void> {
    const { boss, log, giveBack } = this.deps;
    const { id, retryCount, stop } = running;
    try {
      await this.spec.handle({
        id,
        tenantId: job.tenantId,
        payload: job.payload,
        retry: retryCount,
        signal: stop.signal,
      });
    } catch (error) {
      if (stop.signal.aborted) return this.stopping ? giveBack(running) : undefined;
      log.warn({ err: error, job: this.name, job_id: id, tenant_id: job.tenantId, retry: retryCount }, 'a job failed');
      await boss.fail(this.name, { id, retryCount }, outcome(error));
      return;
    }
    await boss.complete(this.name, { id, retryCount });
  }

  private async sleep(milliseconds: number): Promise<void> {
    if (this.woken || this.stopping) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.wakeUp = resolve;
      timer = setTimeout(resolve, milliseconds);
    });
    this.wakeUp = undefined;
    clearTimeout(timer);
  }
}

const outcome = (error: unknown): { message: string } => ({
  message: String(error instanceof Error ? error.message : ((error as Error | undefined)?.message ?? error)).slice(
    0,
    2_000,
  ),
});
