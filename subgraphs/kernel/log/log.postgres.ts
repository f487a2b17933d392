import type { Pool } from 'pg';
import { systemClock, type Clock } from '../clock';
import type { Logger } from '../logger';
import type { Consumer, ConsumerOptions, EventLog } from './log';
import { AppendQueue } from './append-queue';
import { appendRows } from './postgres/append';
import { GroupMember, type MemberTimes } from './postgres/group-member';
import { GroupStore, type GroupTimes } from './postgres/group-store';
import { Heads } from './postgres/heads';
import { readRecords } from './postgres/reader';
import { createSql } from './postgres/sql';
import { Sweeper } from './postgres/sweeper';
import { Topics, type Topic } from './postgres/topics';
import { WakeUps } from './postgres/wake-ups';

export { logMigrations } from './log.migrations';

/** What a consumer holds of one partition at a time. */
const BATCH_BYTES = 8 * 1024 * 1024;

export interface PostgresLogOptions extends Partial<MemberTimes & GroupTimes> {
  /** Owned by the caller. Some ten connections do; a consumer needs one for moments only. */
  pool: Pool;
  /** Where `logMigrations` made the tables. */
  schema: string;
  log: Logger;
  /** For the one connection that listens; default: the pool's. */
  connectionString?: string;
  /** Stamps records and decides what is old. */
  clock?: Clock;
  /** How late a lost notification is noticed, milliseconds. */
  pollMs?: number;
  sweepMs?: number;
}

export interface PostgresLog extends EventLog {
  /** Removes what is too old now instead of at the next interval; answers how many records. */
  sweep(): Promise<number>;
}

/** The log on PostgreSQL: the embedded default, and good for several processes. Does not wait for the database to be there. */
export function createPostgresLog(options: PostgresLogOptions): PostgresLog {
  const { pool, schema, log, clock = systemClock, pollMs = 500, sweepMs = 60_000 } = options;
  const { heartbeatMs = 1_500, sessionMs = 10_000, drainMs = 5_000, handOverMs = 30_000 } = options;
  const connectionString = options.connectionString ?? pool.options.connectionString;
  if (!connectionString) throw new Error('the log needs a connection string to listen on');

  // An idle connection that breaks is replaced; the statement that needs one reports.
  pool.on('error', (error) => log.debug({ err: error }, 'a connection of the log broke'));
  const sql = createSql(pool, schema);
  const topics = new Topics(sql);
  const heads = new Heads(sql, pollMs, log);
  const sweeper = new Sweeper(sql, clock, log, sweepMs);
  const queues = new Map<number, AppendQueue>();
  const members = new Set<GroupMember>();
  const wakeUps = new WakeUps(connectionString, `log_${schema}`, heard, log);
  let closing: Promise<void> | undefined;

  function heard(payload: string): void {
    if (payload.startsWith('a')) heads.refresh();
    else for (const member of members) member.notified(payload);
  }
  const open = (): void => {
    if (closing) throw new Error('the log is closed');
  };

  function queueOf(topic: Topic): AppendQueue {
    const target = {
      topicId: topic.id,
      clock,
      appended: (at: number, next: bigint) => heads.advance(topic.id, at, next),
    };
    const queue = queues.get(topic.id) ?? new AppendQueue((rows) => appendRows(sql, target, rows));
    queues.set(topic.id, queue);
    return queue;
  }

  async function consume(consumer: ConsumerOptions): Promise<Consumer> {
    open();
    const topic = await topics.get(consumer.topic);
    const store = await GroupStore.open(sql, topic, consumer.group, consumer.from ?? 'earliest', {
      sessionMs,
      handOverMs,
    });
    const member = new GroupMember({
      store,
      options: consumer,
      times: { heartbeatMs, sessionMs, drainMs },
      partition: (partition) => ({
        head: () => heads.get(topic.id, partition),
        waitFor: (reached, timeoutMs, signal) => heads.waitFor(topic.id, reached, timeoutMs, signal),
        read: (from, limit) => readRecords(sql, topic, partition, from, limit, BATCH_BYTES),
      }),
      log: log.child({ topic: topic.name, group: consumer.group }),
    });
    members.add(member);
    await member.start();
    const stop = async (): Promise<void> => {
      await member.stop();
      members.delete(member);
    };
    return { lag: () => member.lag(), pause: () => member.pause(), resume: () => member.resume(), stop };
  }

  async function shutDown(): Promise<void> {
    await Promise.all([...members].map((member) => member.stop()));
    await Promise.all([...queues.values()].map((queue) => queue.idle()));
    await Promise.all([heads.close(), sweeper.close(), wakeUps.close()]);
  }

  return {
    ensureTopic: (name, shape) => topics.ensure(name, shape),
    async append(name, records, signal) {
      open();
      signal?.throwIfAborted();
      if (records.length === 0) return [];
      const topic = await topics.get(name);
      return queueOf(topic).append(topic.partitions, records, signal);
    },
    consume,
    async read(name, partition, from, limit, signal) {
      signal?.throwIfAborted();
      return readRecords(sql, await topics.get(name), partition, from, limit);
    },
    async bounds(name) {
      const { id } = await topics.get(name);
      const rows = await sql.query<{ partition: number; first: string; next: string }>(
        `select partition, first_offset as first, next_offset as next from $log.log_partitions
         where topic_id = $1 order by partition`,
        [id],
      );
      return new Map(
        rows.map(({ partition, first, next }) => [partition, { first: BigInt(first), next: BigInt(next) }]),
      );
    },
    partitions: async (name) => (await topics.get(name)).partitions,
    async waitForAppend(name, timeoutMs, signal, positions) {
      const { id } = await topics.get(name);
      const from = positions ?? heads.known(id);
      const reached = () => [...heads.known(id)].some(([partition, next]) => next > (from.get(partition) ?? 0n));
      await heads.waitFor(id, reached, timeoutMs, signal);
    },
    sweep: () => sweeper.sweep(),
    close: () => (closing ??= shutDown()),
  };
}
