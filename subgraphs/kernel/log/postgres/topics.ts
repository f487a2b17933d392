import type { TopicOptions } from '../log';
import type { Sql } from './sql';

export interface Topic {
  id: number;
  name: string;
  partitions: number;
}

const KEPT_MS = 30_000;

/** Topics by name. Their shape is read again now and then, since another process may add partitions. */
export class Topics {
  private readonly known = new Map<string, { topic: Topic; until: number }>();

  constructor(private readonly sql: Sql) {}

  async get(name: string): Promise<Topic> {
    const entry = this.known.get(name);
    if (entry && entry.until > Date.now()) return entry.topic;
    const [row] = await this.sql.query<Topic>(
      `select t.id, t.name, count(*)::int as partitions from $log.log_topics t
       join $log.log_partitions p on p.topic_id = t.id where t.name = $1 group by t.id`,
      [name],
    );
    if (!row) throw new Error(`there is no topic "${name}" in the log: make it with ensureTopic first`);
    this.known.set(name, { topic: row, until: Date.now() + KEPT_MS });
    return row;
  }

  async ensure(name: string, { partitions, retentionMs }: TopicOptions): Promise<void> {
    if (!Number.isInteger(partitions) || partitions < 1 || partitions > 1_000) {
      throw new Error(`a topic has 1 to 1000 partitions, not ${partitions}`);
    }
    await this.sql.transaction(async (query) => {
      const [topic] = await query<{ id: number }>(
        `insert into $log.log_topics (name, retention_ms) values ($1, $2)
         on conflict (name) do update set retention_ms = excluded.retention_ms returning id`,
        [name, retentionMs],
      );
      await query(
        `insert into $log.log_partitions (topic_id, partition) select $1, generate_series(0, $2 - 1) on conflict do nothing`,
        [topic!.id, partitions],
      );
      // What was appended to a new partition before a group knew of it is not lost for the group.
      await query(
        `insert into $log.log_claims (group_id, partition, committed)
         select g.id, p.partition, 0 from $log.log_groups g join $log.log_partitions p using (topic_id)
         where g.topic_id = $1 on conflict do nothing`,
        [topic!.id],
      );
    });
    this.known.delete(name);
  }
}
