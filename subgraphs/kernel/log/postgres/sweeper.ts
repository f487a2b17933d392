import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../clock';
import type { Logger } from '../../logger';
import { Pacer } from '../../pacer';
import type { Sql } from './sql';

const BATCH = 2_000;
const PAUSE_MS = 20;

interface Aging {
  topic_id: number;
  partition: number;
  retention_ms: string;
}

/**
 * Removes what is older than its topic keeps. By age alone, as Kafka does, also what a group has not consumed yet: a forgotten group must
 * not fill the disk. Small batches with pauses, so that nobody waits for them; several processes may sweep at once.
 */
export class Sweeper {
  private readonly pacer: Pacer;
  private readonly loop: Promise<void>;
  private running = true;

  constructor(
    private readonly sql: Sql,
    private readonly clock: Clock,
    private readonly log: Logger,
    everyMs: number,
  ) {
    this.pacer = new Pacer(everyMs);
    this.loop = this.run();
  }

  /** Sweeps once; answers how many records were removed. */
  async sweep(): Promise<number> {
    const aging = await this.sql.query<Aging>(
      `select p.topic_id, p.partition, t.retention_ms from $log.log_topics t join $log.log_partitions p on p.topic_id = t.id
       where t.retention_ms is not null and p.first_offset < p.next_offset`,
    );
    let total = 0;
    for (const { topic_id, partition, retention_ms } of aging) {
      const cutoff = new Date(this.clock.now().getTime() - Number(retention_ms));
      for (let removed = BATCH; removed === BATCH && this.running; total += removed) {
        const [row] = await this.sql.query<{ removed: number }>(`select $log.log_sweep($1, $2, $3, $4) as removed`, [
          topic_id,
          partition,
          cutoff,
          BATCH,
        ]);
        removed = row!.removed;
        if (removed === BATCH) await sleep(PAUSE_MS);
      }
    }
    return total;
  }

  async close(): Promise<void> {
    this.running = false;
    this.pacer.wake();
    await this.loop;
  }

  private async run(): Promise<void> {
    await this.pacer.wait();
    while (this.running) {
      try {
        await this.sweep();
        await this.pacer.wait();
      } catch (error) {
        this.log.warn({ err: error }, 'the log could not be swept, trying again');
        await this.pacer.backOff();
      }
    }
  }
}
