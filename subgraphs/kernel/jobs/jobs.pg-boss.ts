import { createHash } from 'node:crypto';
import type { PgBoss } from 'pg-boss';
import { DomainError } from '../errors';
import { newId } from '../ids';
import type { Logger } from '../logger';
import { openListener, type Listener } from '../pubsub/postgres-listener';
import { orUnavailable } from '../pubsub/store-fault';
import { startBoss } from './boss';
import type { DeadJob, Jobs, JobSpec, SendOptions } from './jobs';
import { deadQueue, Queues } from './queues';
import { watchRunning } from './watch';
import { Worker, type Envelope, type Running } from './worker';

export interface PgBossJobsDeps {
  /** As the owner of the schema, or a role that may create it. */
  connectionString: string;
  log: Logger;
  /** Default `jobs`. */
  schema?: string;
  /** How long a job may wait that no signal announced (delayed, retried, scheduled); default 2,000 ms. */
  pollMs?: number;
  /** How often jobs of dead workers are looked for; default 10 s. */
  superviseSeconds?: number;
  /** How often due schedules are looked for; default 15 s. */
  cronSeconds?: number;
}

const WHAT = 'The job queue';
const HEARTBEAT_MS = 3_000;
const WATCH_MS = 1_000;
const STOP_MS = 8_000;

/** Jobs on PostgreSQL by pg-boss. Throws UNAVAILABLE when the database cannot be reached at start. */
export async function openPgBossJobs(deps: PgBossJobsDeps): Promise<Jobs> {
  const { connectionString, log, schema = 'jobs', superviseSeconds = 10, cronSeconds = 15 } = deps;
  if (!/^[a-z][a-z0-9_]{0,40}$/.test(schema)) throw new Error(`not a schema name: ${schema}`);
  const boss = await orUnavailable(WHAT, () =>
    startBoss({ connectionString, schema, log, superviseSeconds, cronSeconds }),
  );
  const jobs = new PgBossJobs(boss, schema, deps);
  try {
    await jobs.listen();
    return jobs;
  } catch (error) {
    await jobs.close();
    throw error;
  }
}

class PgBossJobs implements Jobs {
  private readonly queues: Queues;
  private readonly workers = new Map<string, Worker>();
  private readonly channel: string;
  private readonly stopWatching: () => Promise<void>;
  private listener: Listener | undefined;
  private closing: Promise<void> | undefined;

  constructor(
    private readonly boss: PgBoss,
    private readonly schema: string,
    private readonly deps: PgBossJobsDeps,
  ) {
    this.queues = new Queues(boss, schema);
    this.channel = `di_jobs_${schema}`;
    const running = (): Running[] => [...this.workers.values()].flatMap((worker) => [...worker.running]);
    const { log } = deps;
    this.stopWatching = watchRunning({ boss, schema, log, everyMs: WATCH_MS, heartbeatMs: HEARTBEAT_MS, running });
  }

  /** Hears of new and of cancelled jobs, which makes both prompt; polling finds what is not heard. */
  async listen(): Promise<void> {
    const wakeAll = (): void => this.workers.forEach((worker) => worker.wake());
    this.listener = await openListener({
      connectionString: this.deps.connectionString,
      log: this.deps.log,
      channels: () => [this.channel],
      onNotification: (_channel, text) => this.heard(text),
      onReconnect: wakeAll,
    });
  }

  async send<P extends object>(name: string, tenantId: string, payload: P, options: SendOptions = {}) {
    const { singletonKey, startAfterSeconds, transaction } = options;
    const insert = await orUnavailable(WHAT, () => this.queues.ensure(name));
    const db = {
      executeSql: async (text: string, values: unknown[] = []) => {
        if (text !== insert.text) throw new Error('pg-boss sends by another statement than the one we published');
        const sql = `select id, pg_notify($2, $3) from ${insert.function}($1) as id`;
        const params = [values[0], this.channel, JSON.stringify({ name })];
        return transaction
          ? { rows: rowsOf(await transaction.query(sql, params)) }
          : orUnavailable(WHAT, () => this.boss.getDb().executeSql(sql, params));
      },
    };
    const envelope: Envelope<P> = { tenantId, payload };
    return this.boss.send(name, envelope, {
      db,
      // Jobs without a key have one nobody shares: the queue allows one job per key.
      singletonKey: singletonKey === undefined ? newId() : `${tenantId}:${singletonKey}`,
      ...(startAfterSeconds === undefined ? {} : { startAfter: startAfterSeconds }),
    });
  }

  async work<P extends object>(spec: JobSpec<P>): Promise<void> {
    if (this.workers.has(spec.name)) throw new Error(`"${spec.name}" is handled already in this process`);
    const { boss, deps } = this;
    const giveBack = (job: Running): Promise<void> => this.giveBack(job);
    const worker = new Worker({ boss, log: deps.log, pollMs: deps.pollMs ?? 2_000, giveBack }, spec as JobSpec<object>);
    this.workers.set(spec.name, worker);
    await this.queues.configure(spec.name, {
      ...(spec.retryLimit === undefined ? {} : { retryLimit: spec.retryLimit }),
      heartbeatSeconds: Math.max(10, spec.expireSeconds ?? 30),
      expireInSeconds: spec.maxSeconds ?? 6 * 3_600,
    });
    if (!this.closing) worker.start();
  }

  async cancel(name: string, jobId: string): Promise<void> {
    await orUnavailable(WHAT, async () => {
      await this.queues.ensure(name);
      await this.boss.cancel(name, jobId);
      await this.notify({ name, cancelled: jobId });
    });
  }

  async schedule<P extends object>(name: string, key: string, cron: string, tenantId: string, payload: P) {
    assertCron(this.boss, cron);
    const id = scheduleKey(key);
    const envelope: Envelope<P> = { tenantId, payload };
    await orUnavailable(WHAT, async () => {
      await this.queues.ensure(name);
      await this.boss.schedule(name, cron, envelope, { tz: 'UTC', key: id, singletonKey: `schedule:${id}` });
    });
  }

  async unschedule(name: string, key: string): Promise<void> {
    await orUnavailable(WHAT, () => this.boss.unschedule(name, scheduleKey(key)));
  }

  async deadLetters(name: string, tenantId: string, limit = 100): Promise<DeadJob[]> {
    await this.queues.ensure(name);
    const { rows } = await this.boss.getDb().executeSql(
      `select id, source_id as "jobId", data->>'tenantId' as "tenantId", data->'payload' as payload,
         coalesce(source_output->>'message', source_output->'value'->>'message', 'unknown') as error, created_on as "failedAt"
       from ${this.schema}.job where name = $1 and data->>'tenantId' = $2 order by created_on desc limit $3`,
      [deadQueue(name), tenantId, Math.min(limit, 1_000)],
    );
    return rows as DeadJob[];
  }

  async redrive(name: string, tenantId: string, deadId: string): Promise<boolean> {
    await this.queues.ensure(name);
    const moved = await this.boss.redrive(deadQueue(name), { ids: [deadId], data: { tenantId }, destination: name });
    if (moved > 0) await this.notify({ name });
    return moved > 0;
  }

  close(): Promise<void> {
    this.closing ??= this.stop();
    return this.closing;
  }

  private async stop(): Promise<void> {
    await withDeadline(Promise.all([...this.workers.values()].map((worker) => worker.stop())), STOP_MS);
    await this.stopWatching();
    await this.listener?.close();
    await this.boss.stop({ graceful: false });
  }

  private async notify(message: { name: string; cancelled?: string }): Promise<void> {
    await this.boss.getDb().executeSql('select pg_notify($1, $2)', [this.channel, JSON.stringify(message)]);
  }

  private heard(text: string): void {
    const { name, cancelled } = JSON.parse(text) as { name: string; cancelled?: string };
    const worker = this.workers.get(name);
    if (!cancelled) return worker?.wake();
    for (const { id, stop } of worker?.running ?? []) {
      if (id === cancelled) stop.abort(new Error('the job was cancelled'));
    }
  }

  private async giveBack({ name, id, retryCount }: Running): Promise<void> {
    await this.boss.getDb().executeSql(
      `update ${this.schema}.job set state = 'created', started_on = null, heartbeat_on = null, upsert_by_key = null
       where name = $1 and id = $2 and state = 'active' and retry_count = $3`,
      [name, id, retryCount],
    );
    await this.notify({ name });
  }
}

/** Keys of schedules are anybody's text; pg-boss takes letters, digits, `_ - . /`. */
const scheduleKey = (key: string): string => createHash('sha256').update(key).digest('base64url');

function assertCron(boss: PgBoss, cron: string): void {
  try {
    if (cron.trim().split(/\s+/).length !== 5) throw new Error('not five fields');
    boss.previewSchedule(cron, { tz: 'UTC' });
  } catch (error) {
    const message = `"${cron}" is not a cron expression. Write five fields such as "0 6 * * 1" (Mondays at 6:00 UTC).`;
    throw new DomainError('INVALID_INPUT', message, { field: ['cron'] }, { cause: error });
  }
}

/** TypeORM answers rows, `pg` a result that holds them. */
const rowsOf = (result: unknown): unknown[] =>
  Array.isArray(result) ? result : ((result as { rows?: unknown[] } | undefined)?.rows ?? []);

async function withDeadline(work: Promise<unknown>, milliseconds: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<void>((resolve) => (timer = setTimeout(resolve, milliseconds)));
  await Promise.race([work, deadline]);
  clearTimeout(timer);
}
