import { createHash } from 'node:crypto';
import type { PgBoss, UpdateQueueOptions } from 'pg-boss';

const DEFAULTS = {
  retryLimit: 3,
  retryDelay: 1,
  retryBackoff: true,
  retryDelayMax: 300,
  heartbeatSeconds: 30,
  expireInSeconds: 6 * 3_600,
  deleteAfterSeconds: 24 * 3_600,
};
const DEAD_LETTER_DAYS = 30;

export interface Insert {
  /** The function that a sender's transaction calls, with the jobs' JSON. */
  function: string;
  /** The statement it was made from. */
  text: string;
}

export const deadQueue = (name: string): string => `${name}.dead`;

/** Makes queues on first use. */
export class Queues {
  private readonly known = new Map<string, Promise<Insert>>();

  constructor(
    private readonly boss: PgBoss,
    private readonly schema: string,
  ) {}

  /** The way into the queue; the queue is made if need be. */
  ensure(name: string): Promise<Insert> {
    let insert = this.known.get(name);
    if (!insert) {
      insert = this.create(name);
      this.known.set(name, insert);
      insert.catch(() => this.known.delete(name));
    }
    return insert;
  }

  /** What a worker decides for its queue. */
  async configure(name: string, options: UpdateQueueOptions): Promise<void> {
    await this.ensure(name);
    await this.boss.updateQueue(name, options);
  }

  private async create(name: string): Promise<Insert> {
    await this.boss.createQueue(deadQueue(name), { retentionSeconds: DEAD_LETTER_DAYS * 86_400 });
    // `exclusive`: one job per singleton key waits or runs.
    await this.boss.createQueue(name, { ...DEFAULTS, policy: 'exclusive', deadLetter: deadQueue(name) });
    const text = await this.insertStatement(name);
    const digest = createHash('sha256').update(name).digest('hex').slice(0, 32);
    const insert = { function: `${this.schema}.send_${digest}`, text };
    await this.publish(insert);
    return insert;
  }

  /** What pg-boss itself would run to send a job. */
  private async insertStatement(name: string): Promise<string> {
    let statement = '';
    const executeSql = async (text: string) => {
      statement = text;
      return { rows: [{ id: null }] };
    };
    await this.boss.send(name, {}, { db: { executeSql } });
    return statement;
  }

  /**
   * A caller's transaction runs as the caller's role, which has no rights on our tables and shall not get any. So the statement becomes
   * a function that runs with its owner's rights, can do this one thing, and may be called by everybody.
   */
  private async publish(insert: Insert): Promise<void> {
    await this.boss.getDb().executeSql(`
      do $outer$ begin
        perform pg_advisory_xact_lock(hashtext('${this.schema}.send'));
        execute $make$
          create or replace function ${insert.function}(jobs text) returns setof uuid
          language sql security definer set search_path = pg_catalog, pg_temp as $body$ ${insert.text} $body$
        $make$;
        grant usage on schema ${this.schema} to public;
        grant execute on function ${insert.function}(text) to public;
      end $outer$`);
  }
}
