import { randomUUID } from 'node:crypto';
import { Session } from 'chdb';
import type { Logger } from '../../logger';
import { exception, toException } from './exception';
import { Lane } from './lane';
import { prelude } from './prelude';
import type { Statement } from './statement';

export interface EngineOptions {
  /** Folder of the data; one process at a time. */
  path: string;
  log: Logger;
  /** Sessions for short and for long queries. */
  short: number;
  long: number;
  /** Waiting queries in each lane. */
  maxQueued: number;
  /** How long the engine may go on with a killed query before `onStuck`. */
  graceMs: number;
  /** The engine will not stop a query: the process must be replaced. */
  onStuck(queryId: string): void;
}

export interface Job {
  queryId: string;
  statement: Statement;
  params: Readonly<Record<string, string>>;
  database: string;
  format: string;
  long: boolean;
  /** Aborts when nobody waits for the result any more. */
  gone?: AbortSignal;
}

export interface Buffered {
  bytes: Uint8Array;
  /** Rows of the result; of the body in an INSERT FROM INFILE. */
  rows: number;
  elapsedSeconds: number;
}

interface Running {
  marker: string;
  cancelled: AbortController;
  done: Promise<void>;
}

/** The chdb engine behind lanes of sessions: one query a session at a time, killable by its query id. */
export class Engine {
  private readonly control: Session;
  private readonly short: Lane<Session>;
  private readonly long: Lane<Session>;
  private readonly running = new Map<string, Running>();

  constructor(private readonly options: EngineOptions) {
    // The first connection loads the tables; it throws when another process has the folder.
    this.control = new Session(options.path);
    const open = (count: number) => Array.from({ length: count }, () => new Session(options.path));
    this.short = new Lane('short', open(options.short), options.maxQueued);
    this.long = new Lane('long', open(options.long), options.maxQueued);
  }

  /** Runs a statement to its end and answers the whole result. */
  run(job: Job): Promise<Buffered> {
    return this.within(job, async (session, before) => {
      const result = await session.queryAsync(`${before}; ${job.statement.sql}`, { format: job.format });
      return { bytes: result.bytes(), rows: result.rowsRead, elapsedSeconds: result.elapsed };
    });
  }

  /** Runs a SELECT and hands each chunk to `sink` as the engine makes it; the next one is fetched when `sink` has resolved. */
  stream(job: Job, sink: (chunk: Uint8Array) => Promise<void>): Promise<void> {
    return this.within(job, async (session, before, cancelled) => {
      // A streamed query is one statement, so what goes before it is a query of its own.
      await session.queryAsync(before);
      for await (const chunk of session.queryStream(job.statement.sql, { format: job.format })) {
        if (cancelled.aborted) throw exception('QUERY_WAS_CANCELLED', 'Query was cancelled.');
        await sink(chunk.raw());
      }
    });
  }

  /** Cancels a waiting or running query. Answers whether there was one; the engine is given `graceMs` to obey. */
  async kill(queryId: string): Promise<boolean> {
    const running = this.running.get(queryId);
    if (!running) return false;
    if (running.cancelled.signal.aborted) return true;
    running.cancelled.abort();
    await this.tellEngine(running.marker);
    void this.insist(queryId, running);
    return true;
  }

  /** A trivial query in the control session: proves that the engine answers. */
  async ping(): Promise<void> {
    await this.control.queryAsync('SELECT 1', { format: 'TabSeparated' });
  }

  stats(): { running: number; queued: number } {
    return { running: this.running.size, queued: this.short.queued + this.long.queued };
  }

  /** Cancels what runs, waits for it within `graceMs`, then closes. Throws when something still runs: closing under it would crash the engine. */
  async close(): Promise<void> {
    const all = [...this.running.entries()];
    await Promise.all(all.map(([queryId]) => this.kill(queryId)));
    await Promise.race([Promise.all(all.map(([, running]) => running.done)), wait(this.options.graceMs)]);
    if (this.running.size > 0) throw new Error(`${this.running.size} queries would not stop`);
    this.control.close(); // the lanes' sessions close when the process exits
  }

  private async within<T>(
    job: Job,
    work: (session: Session, before: string, cancelled: AbortSignal) => Promise<T>,
  ): Promise<T> {
    if (this.running.has(job.queryId))
      throw exception('QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING', `Query with id = ${job.queryId} is already running.`);
    const finished = Promise.withResolvers<void>();
    const cancelled = new AbortController();
    const running = { marker: randomUUID(), cancelled, done: finished.promise };
    this.running.set(job.queryId, running);
    const lane = job.long ? this.long : this.short;
    const onGone = () => void this.kill(job.queryId);
    job.gone?.addEventListener('abort', onGone, { once: true });
    try {
      if (job.gone?.aborted) throw exception('QUERY_WAS_CANCELLED', 'Query was cancelled.');
      const session = await lane.take(cancelled.signal);
      let clean = false;
      try {
        const result = await work(session, prelude(job, running.marker), cancelled.signal);
        clean = true;
        return result;
      } finally {
        lane.give(clean ? session : await this.rinse(session, job.queryId));
      }
    } catch (error) {
      throw toException(error);
    } finally {
      job.gone?.removeEventListener('abort', onGone);
      this.running.delete(job.queryId);
      finished.resolve();
    }
  }

  /** A kill can arrive before the engine knows the query, so it is repeated until the query ends or the grace is over. */
  private async insist(queryId: string, running: Running): Promise<void> {
    const until = Date.now() + this.options.graceMs;
    let over = false;
    void running.done.then(() => (over = true));
    while (Date.now() < until) {
      await Promise.race([running.done, wait(200)]);
      if (over) return;
      await this.tellEngine(running.marker);
    }
    this.options.onStuck(queryId);
  }

  /**
   * A query that fails leaves what it had already written in its session, and the engine puts it before the next result: another tenant's
   * rows. So a session is used again only after it has answered a question of ours with exactly our answer; else it is replaced.
   */
  private async rinse(session: Session, queryId: string): Promise<Session> {
    for (let attempt = 0; attempt < 2; attempt++) {
      const answer = randomUUID();
      try {
        // Without its old marker, so that a late kill does not hit this.
        const sql = `USE default; SET log_comment = 'rinse'; SELECT '${answer}'`;
        const result = await session.queryAsync(sql, { format: 'TabSeparated' });
        if (result.text() === `${answer}\n`) return session;
      } catch (error) {
        this.options.log.warn({ err: error }, 'an engine session does not recover from a failure');
      }
    }
    session.close();
    try {
      return new Session(this.options.path);
    } catch (error) {
      this.options.log.error({ err: error }, 'the engine gives no new session');
      this.options.onStuck(queryId);
      return session;
    }
  }

  private async tellEngine(marker: string): Promise<void> {
    try {
      await this.control.queryAsync(`KILL QUERY WHERE Settings['log_comment'] = '${marker}' ASYNC`, { format: 'Null' });
    } catch (error) {
      this.options.log.warn({ err: error }, 'the engine refused a kill');
    }
  }
}

const wait = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds).unref());
