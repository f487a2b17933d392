/** Durable background work on PostgreSQL (pg-boss): retried with back-off, scheduled, dead-lettered. A job names its tenant. */
export interface JobSpec<P> {
  name: string;
  /** Handled side by side in this process. */
  concurrency?: number;
  retryLimit?: number;
  /** Seconds after which a job without a heartbeat is given to another worker. */
  expireSeconds?: number;
  handle(job: Job<P>): Promise<void>;
}

export interface Job<P> {
  id: string;
  tenantId: string;
  payload: P;
  /** Aborted when the job is cancelled, expires, or the process stops. */
  signal: AbortSignal;
}

export interface SendOptions {
  /** At most one job with this key waits or runs, per tenant. */
  singletonKey?: string;
  startAfterSeconds?: number;
  /** A transaction of the caller (`ctx.tx`) the job joins: it exists only if that commits. */
  transaction?: { query(sql: string, params?: unknown[]): Promise<unknown> };
}

export interface Jobs {
  send<P extends object>(name: string, tenantId: string, payload: P, options?: SendOptions): Promise<string | null>;
  work<P extends object>(spec: JobSpec<P>): Promise<void>;
  cancel(name: string, jobId: string): Promise<void>;
  /** Runs `name` by cron in UTC; one schedule per (name, key). */
  schedule<P extends object>(name: string, key: string, cron: string, tenantId: string, payload: P): Promise<void>;
  unschedule(name: string, key: string): Promise<void>;
  close(): Promise<void>;
}
