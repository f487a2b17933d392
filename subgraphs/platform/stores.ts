import { join } from 'node:path';
import { Pool } from 'pg';
import { openMemoryCache } from '../kernel/cache/cache.memory';
import { createColumns } from '../kernel/columns/columns.clickhouse';
import type { Clock } from '../kernel/clock';
import { prepareSchema } from '../kernel/database/database';
import { StartError } from '../kernel/database/start-error';
import { openDiskFiles } from '../kernel/files/files.disk';
import { createOutgoingHttp } from '../kernel/http/outgoing-http.undici';
import { openPgBossJobs } from '../kernel/jobs/jobs.pg-boss';
import type { Lifecycle } from '../kernel/lifecycle';
import { openKafkaLog } from '../kernel/log/log.kafka';
import { logMigrations } from '../kernel/log/log.migrations';
import { createPostgresLog } from '../kernel/log/log.postgres';
import { TOPICS, type EventLog } from '../kernel/log/log';
import type { Logger } from '../kernel/logger';
import { openOutboxMail } from '../kernel/mail/mail.outbox';
import { createSmtpMail } from '../kernel/mail/mail.smtp';
import { createMemoryPubSub } from '../kernel/pubsub/pubsub.memory';
import { openPostgresPubSub } from '../kernel/pubsub/pubsub.postgres';
import { openRedisPubSub } from '../kernel/pubsub/pubsub.redis';
import type { PubSub } from '../kernel/pubsub/pubsub';
import { createPostgresQuota } from '../kernel/quota/quota.postgres';
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
