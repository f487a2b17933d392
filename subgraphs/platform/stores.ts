import { join } from 'node:path';
import { Pool } from 'pg';
import type { Cache } from '../kernel/cache/cache';
import { openMemoryCache } from '../kernel/cache/cache.memory';
import { openPostgresCache } from '../kernel/cache/cache.postgres';
import { openRedisCache } from '../kernel/cache/cache.redis';
import { createColumns } from '../kernel/columns/columns.clickhouse';
import type { Clock } from '../kernel/clock';
import { prepareSchema } from '../kernel/database/database';
import { openDiskFiles } from '../kernel/files/files.disk';
import { createOutgoingHttp } from '../kernel/http/outgoing-http.undici';
import { openPgBossJobs } from '../kernel/jobs/jobs.pg-boss';
import type { Lifecycle } from '../kernel/lifecycle';
import { createKafkaLog } from '../kernel/log/log.kafka';
import { logMigrations } from '../kernel/log/log.migrations';
import { createPostgresLog } from '../kernel/log/log.postgres';
import { TOPICS, type EventLog } from '../kernel/log/log';
import type { Logger } from '../kernel/logger';
import { openOutboxMail } from '../kernel/mail/mail.outbox';
import type { Mail } from '../kernel/mail/mail';
import { createSmtpMail } from '../kernel/mail/mail.smtp';
import { createMemoryPubSub } from '../kernel/pubsub/pubsub.memory';
import { openPostgresPubSub } from '../kernel/pubsub/pubsub.postgres';
import { openRedisPubSub } from '../kernel/pubsub/pubsub.redis';
import type { PubSub } from '../kernel/pubsub/pubsub';
import { createPostgresQuota } from '../kernel/quota/quota.postgres';
import type { RateLimiter } from '../kernel/rate-limit/rate-limit';
import { createMemoryRateLimiter } from '../kernel/rate-limit/rate-limit.memory';
import { openPostgresRateLimiter } from '../kernel/rate-limit/rate-limit.postgres';
import { openRedisRateLimiter } from '../kernel/rate-limit/rate-limit.redis';
import type { Secrets } from '../kernel/secrets';
import type { Stores } from '../kernel/stores';
import type { Supergraph } from '../kernel/supergraph/supergraph';
import type { Engines } from './engines';
import type { ProductEnv } from './env';

export interface StoresOptions {
  env: Pick<ProductEnv, 'data' | 'stores'>;
  engines: Engines;
  /** With several, signals must reach the others: memory is refused. */
  processes: 'one' | 'several';
  secrets: Secrets;
  supergraph: Supergraph;
  clock: Clock;
  log: Logger;
  lifecycle: Lifecycle;
}

export type SharedStores = Omit<Stores, 'database'>;

const DAY_MS = 86_400_000;
const RETENTION_MS = 7 * DAY_MS;
const DEAD_RETENTION_MS = 30 * DAY_MS;

/** Opens every port's adapter: the one the environment names, else the embedded default. Each is owned by the lifecycle. */
export async function openStores(options: StoresOptions): Promise<SharedStores> {
  const { env, engines, secrets, clock, log, lifecycle, supergraph } = options;
  const { databaseUrl } = engines;
  const own = <T extends { close(): Promise<void> }>(name: string, store: T): T => {
    lifecycle.own(name, () => store.close());
    return store;
  };

  const logSchema = await prepareSchema({ adminUrl: databaseUrl, schema: 'log', secrets, migrations: logMigrations });
  const pool = new Pool({ connectionString: logSchema.app, max: 10, connectionTimeoutMillis: 5_000 });
  pool.on('error', (error) => log.debug({ err: error }, 'an idle connection was lost'));
  lifecycle.own('kernel connections', () => pool.end());

  const pubsub = own('signals', await openPubSub(options, pool, logSchema.app));
  const eventLog = own('event log', openLog(options, pool));
  await Promise.all(
    Object.values(TOPICS).flatMap(({ name, partitions }) => [
      eventLog.ensureTopic(name, { partitions, retentionMs: RETENTION_MS }),
      eventLog.ensureTopic(`${name}.dead`, { partitions: 1, retentionMs: DEAD_RETENTION_MS }),
    ]),
  );
  const cachePool = await openCachePool(options);
  const jobsSchema = await prepareSchema({ adminUrl: databaseUrl, schema: 'jobs', secrets, migrations: [] });

  return {
    log: eventLog,
    pubsub,
    columns: own('columns', createColumns({ url: engines.clickhouseUrl, log })),
    cache: own('cache', await openCache(options, cachePool)),
    rateLimiter: own('rate limiter', await openRateLimiter(options, cachePool)),
    jobs: own('jobs', await openPgBossJobs({ connectionString: jobsSchema.owner, schema: 'jobs', log })),
    files: own('files', await openDiskFiles({ folder: join(env.data.DATAIRIS_DATA, 'files'), clock, log })),
    mail: own('mail', await openMail(options)),
    http: own('outgoing HTTP', createOutgoingHttp({ allowPrivate: env.stores.OUTGOING_ALLOW_PRIVATE })),
    quota: createPostgresQuota({ pool, clock }),
    supergraph,
    secrets,
  };
}

async function openPubSub(
  { env, processes, log }: StoresOptions,
  pool: Pool,
  connectionString: string,
): Promise<PubSub> {
  if (env.stores.REDIS_URL) return openRedisPubSub({ url: env.stores.REDIS_URL, log });
  // In memory nobody else would hear: a revoked session would live on in the other processes.
  return processes === 'several' ? openPostgresPubSub({ pool, connectionString, log }) : createMemoryPubSub({ log });
}

function openLog({ env, log, clock }: StoresOptions, pool: Pool): EventLog {
  const brokers = env.stores.KAFKA_BROKERS?.split(',');
  return brokers ? createKafkaLog({ brokers, log, clock }) : createPostgresLog({ pool, schema: 'log', log, clock });
}

/** Cache and limits of several processes without Redis live in tables nobody misses after a crash. */
async function openCachePool({
  env,
  engines,
  processes,
  secrets,
  log,
  lifecycle,
}: StoresOptions): Promise<Pool | null> {
  if (env.stores.REDIS_URL || processes === 'one') return null;
  const { owner } = await prepareSchema({ adminUrl: engines.databaseUrl, schema: 'cache', secrets, migrations: [] });
  const pool = new Pool({ connectionString: owner, max: 5, connectionTimeoutMillis: 5_000 });
  pool.on('error', (error) => log.debug({ err: error }, 'an idle connection was lost'));
  lifecycle.own('cache connections', () => pool.end());
  return pool;
}

async function openCache({ env, log, clock }: StoresOptions, pool: Pool | null): Promise<Cache> {
  if (env.stores.REDIS_URL) return openRedisCache({ url: env.stores.REDIS_URL, log });
  return pool ? openPostgresCache({ pool, log }) : openMemoryCache({ clock, log });
}

async function openRateLimiter({ env, log }: StoresOptions, pool: Pool | null): Promise<RateLimiter> {
  if (env.stores.REDIS_URL) return openRedisRateLimiter({ url: env.stores.REDIS_URL, log });
  return pool ? openPostgresRateLimiter({ pool, log }) : createMemoryRateLimiter();
}

function openMail({ env, log }: StoresOptions): Promise<Mail> | Mail {
  const { SMTP_URL } = env.stores;
  return SMTP_URL
    ? createSmtpMail({ url: SMTP_URL, log })
    : openOutboxMail({ folder: join(env.data.DATAIRIS_DATA, 'mail'), log });
}
