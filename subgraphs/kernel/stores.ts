import type { Cache } from './cache/cache';
import type { Columns } from './columns/columns';
import type { Database } from './database/database';
import type { Files } from './files/files';
import type { OutgoingHttp } from './http/outgoing-http';
import type { Jobs } from './jobs/jobs';
import type { EventLog } from './log/log';
import type { Mail } from './mail/mail';
import type { PubSub } from './pubsub/pubsub';
import type { Quota } from './quota/quota';
import type { RateLimiter } from './rate-limit/rate-limit';
import type { Secrets } from './secrets';
import type { Supergraph } from './supergraph/supergraph';

/** The stores and services of one subgraph. `database` is its own schema; the rest is shared by all, with the tenant in every key. */
export interface Stores {
  readonly database: Database;
  readonly log: EventLog;
  readonly columns: Columns;
  readonly cache: Cache;
  readonly pubsub: PubSub;
  readonly jobs: Jobs;
  readonly files: Files;
  readonly mail: Mail;
  readonly http: OutgoingHttp;
  readonly rateLimiter: RateLimiter;
  readonly supergraph: Supergraph;
  readonly quota: Quota;
  readonly secrets: Secrets;
}
