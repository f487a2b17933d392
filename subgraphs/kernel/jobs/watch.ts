import type { PgBoss } from 'pg-boss';
import type { Logger } from '../logger';
import type { Running } from './worker';

export interface WatchDeps {
  boss: PgBoss;
  schema: string;
  log: Logger;
  everyMs: number;
  /** Milliseconds between heartbeats. */
  heartbeatMs: number;
  running(): Running[];
}

/**
 * Looks after the jobs that run here: sends their heartbeat, and aborts those that are not ours any more because they were cancelled,
 * expired, or given to another worker. Answers a function that ends it.
 */
export function watchRunning({ boss, schema, log, everyMs, heartbeatMs, running }: WatchDeps): () => Promise<void> {
  let lastHeartbeat = Date.now();
  let turn: Promise<void> | undefined;

  const heartbeat = async (jobs: readonly Running[]): Promise<void> => {
    lastHeartbeat = Date.now();
    const byQueue = Map.groupBy(jobs, ({ name }) => name);
    for (const [name, ours] of byQueue) {
      await boss.touch(
        name,
        ours.map(({ id, retryCount }) => ({ id, retryCount })),
      );
    }
  };

  const abortLost = async (jobs: readonly Running[]): Promise<void> => {
    const { rows } = await boss.getDb().executeSql(
      `select j.id::text || ':' || j.retry_count as attempt
       from unnest($1::text[], $2::uuid[]) as ours (name, id)
       join ${schema}.job j on j.name = ours.name and j.id = ours.id
       where j.state = 'active'`,
      [jobs.map(({ name }) => name), jobs.map(({ id }) => id)],
    );
    const held = new Set((rows as { attempt: string }[]).map(({ attempt }) => attempt));
    for (const { id, retryCount, stop } of jobs) {
      if (!held.has(`${id}:${retryCount}`)) stop.abort(new Error('the job was cancelled or has expired'));
    }
  };

  const look = async (): Promise<void> => {
    const jobs = running();
    if (jobs.length === 0) return;
    try {
      await abortLost(jobs);
      if (Date.now() - lastHeartbeat >= heartbeatMs) await heartbeat(jobs);
    } catch (error) {
      log.warn({ err: error }, 'running jobs cannot be looked after');
    }
  };

  const timer = setInterval(() => {
    turn ??= look().finally(() => (turn = undefined));
  }, everyMs);
  return async () => {
    clearInterval(timer);
    await turn;
  };
}
