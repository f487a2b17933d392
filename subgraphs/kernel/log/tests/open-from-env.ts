import { Pool } from 'pg';
import { createLogger } from '../../logger';
import type { EventLog } from '../log';
import { createKafkaLog } from '../log.kafka';
import { createPostgresLog } from '../log.postgres';

/** Short times, so that a dead member is noticed within the patience of a test. */
export const QUICK = { heartbeatMs: 200, sessionMs: 2_000, drainMs: 2_000, pollMs: 200 };

/** Opens the log that the parent uses, in a process of its own. */
export async function openFromEnv(env: Readonly<Record<string, string | undefined>>): Promise<EventLog> {
  const log = createLogger({ service: 'child', level: 'silent' });
  if (env.CHILD_LOG_URL) {
    const pool = new Pool({ connectionString: env.CHILD_LOG_URL, max: 4 });
    return createPostgresLog({ pool, schema: 'log', log, ...QUICK });
  }
  if (env.CHILD_KAFKA_BROKERS) {
    return createKafkaLog({ brokers: env.CHILD_KAFKA_BROKERS.split(','), log, ...QUICK, sessionMs: 6_000 });
  }
  throw new Error('no log is named in the environment');
}
