/** Durable background work on PostgreSQL (pg-boss): retried with back-off, scheduled, dead-lettered. A job names its tenant. */
export interface JobSpec<P> {
  /** `<subgraph>.<verb>`: letters, digits and `_ - . /`. */
  name: string;
  /** Handled side by side in this process; default 1. */
  concurrency?: number;
  /** Runs after the first that failed, with back-off from 1 s to 5 min; default 3. Then the job is among the dead letters. */
  retryLimit?: number;
  /** Seconds after which a job without a heartbeat is given to another worker; default 30, at least 10. The heartbeat is sent for you. */
  expireSeconds?: number;
  /** Seconds a job may run at all; default 6 h, at most 24 h. */
  maxSeconds?: number;
  /**
   * At least once: a killed process's job runs again, so make it repeatable. A throw is a failed run. After `signal` is aborted nothing
   * it does is recorded as a success or a failure; when the process stops, the job goes back to the queue.
   */
  handle(job: Job<P>): Promise<void>;
}

export interface Job<P> {
  id: string;
  tenantId: string;
  payload: P;
  /** 0 for the first run. */
  retry: number;
  /** Aborted when the job is cancelled, expires, or the process stops. */
  signal: AbortSignal;
}

export interface SendOptions {
  /** At most one job with this key waits or runs, per tenant. */
  singletonKey?: string;
  startAfterSeconds?: number;
  /** A transaction of the caller (`ctx.tx`) the job joins: it exists only if that commits. Any role of the database may. */
  transaction?: { query(sql: string, params?: unknown[]): Promise<unknown> };
}

/** A job that failed for the last time. */
export interface DeadJob {
  /** Its id among the dead, for `redrive`. */
  id: string;
  /** What `send` had answered. */
  jobId: string;
  tenantId: string;
  payload: unknown;
  error: string;
  failedAt: Date;
}

export interface Jobs {
  /** The job's id; null when the singleton key is taken. */
  send<P extends object>(name: string, tenantId: string, payload: P, options?: SendOptions): Promise<string | null>;
  /** Begins to handle jobs of this name in this process; once per name. Its limits hold for jobs sent from now on, by any process. */
  work<P extends object>(spec: JobSpec<P>): Promise<void>;
  /** A waiting job never runs, a running one's signal is aborted, in whichever process. What is finished stays as it is. */
  cancel(name: string, jobId: string): Promise<void>;
  /** Runs `name` by cron in UTC; one schedule per (name, key). A run still going on when the next is due makes that one fall out. */
  schedule<P extends object>(name: string, key: string, cron: string, tenantId: string, payload: P): Promise<void>;
  unschedule(name: string, key: string): Promise<void>;
  /** Newest first; of one tenant only. Kept for 30 days. */
  deadLetters(name: string, tenantId: string, limit?: number): Promise<DeadJob[]>;
  /** Puts a dead job back into its queue. Answers false when the tenant has no such dead job. */
  redrive(name: string, tenantId: string, deadId: string): Promise<boolean>;
  /** Stops fetching, aborts what runs, waits for it to end, puts back what did not finish. */
  close(): Promise<void>;
}
