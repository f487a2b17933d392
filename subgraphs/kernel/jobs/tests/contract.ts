import { setTimeout as sleep } from 'node:timers/promises';
import { newId } from '../../ids';
import { eventually } from '../../pubsub/tests/contract';
import type { Job, Jobs } from '../jobs';

export interface JobsUnderTest {
  /** Two processes on one queue. */
  here: Jobs;
  there: Jobs;
  /** Opens a third. */
  another(): Promise<Jobs>;
  close(): Promise<void>;
}

/** The cases every adapter must pass. */
export function jobsContract(open: () => Promise<JobsUnderTest>): void {
  let jobs: JobsUnderTest;
  let name: string;
  const tenantId = newId();
  beforeAll(async () => void (jobs = await open()));
  afterAll(() => jobs?.close());
  beforeEach(() => void (name = `test.job-${newId()}`));

  it('runs a job sent elsewhere, promptly, with its tenant and payload', async () => {
    const seen: Job<object>[] = [];
    await jobs.there.work({ name, handle: async (job) => void seen.push(job) });
    await sleep(300); // the first look of the new worker is over
    const sent = Date.now();
    const payload = { text: 'žluť 🐘 $1 $$ \' "', list: [1, null] };
    const id = await jobs.here.send(name, tenantId, payload);
    await eventually(() => expect(seen).toHaveLength(1));
    expect(Date.now() - sent).toBeLessThan(1_000); // by signal: polling takes up to two seconds
    expect(seen[0]).toMatchObject({ id, tenantId, payload, retry: 0 });
  });

  it('runs jobs that were sent before anybody worked', async () => {
    const ids = [await jobs.here.send(name, tenantId, { n: 1 }), await jobs.here.send(name, tenantId, { n: 2 })];
    const seen: string[] = [];
    await jobs.there.work({ name, handle: async ({ id }) => void seen.push(id) });
    await eventually(() => expect(seen).toEqual(ids));
  });

  it('runs each job once, as many at a time as allowed, without waiting in between', async () => {
    const runs = new Map<string, number>();
    let [now, most] = [0, 0];
    const handle = async ({ id }: Job<object>) => {
      runs.set(id, (runs.get(id) ?? 0) + 1);
      most = Math.max(most, ++now);
      await sleep(10);
      now--;
    };
    const started = Date.now();
    await jobs.there.work({ name, concurrency: 5, handle });
    const sent = await Promise.all(Array.from({ length: 100 }, (_, n) => jobs.here.send(name, tenantId, { n })));
    await eventually(() => expect(runs.size).toBe(100));
    expect(Date.now() - started).toBeLessThan(8_000);
    await sleep(200);
    expect(new Set(sent)).toEqual(new Set(runs.keys()));
    expect(Math.max(...runs.values())).toBe(1);
    expect(most).toBe(5);
  });

  it('retries with back-off, then keeps it among the dead letters of its tenant alone', async () => {
    const at: number[] = [];
    const retries: number[] = [];
    let mended = false;
    await jobs.there.work<{ n: number }>({
      name,
      retryLimit: 1,
      handle: async ({ retry }) => {
        if (mended) return void retries.push(retry);
        at.push(Date.now());
        throw new Error('cannot reach the moon');
      },
    });
    const id = await jobs.here.send(name, tenantId, { n: 7 });
    await eventually(async () => expect(await jobs.here.deadLetters(name, tenantId)).toHaveLength(1), 15_000);
    expect(at).toHaveLength(2);
    expect(at[1]! - at[0]!).toBeGreaterThan(500);
    const [dead] = await jobs.here.deadLetters(name, tenantId);
    expect(dead).toMatchObject({ jobId: id, tenantId, payload: { n: 7 }, error: 'cannot reach the moon' });
    expect(await jobs.here.deadLetters(name, newId())).toEqual([]);

    mended = true;
    expect(await jobs.here.redrive(name, newId(), dead!.id)).toBe(false);
    expect(await jobs.here.redrive(name, tenantId, dead!.id)).toBe(true);
    await eventually(() => expect(retries).toHaveLength(1));
    expect(await jobs.here.deadLetters(name, tenantId)).toEqual([]);
  }, 30_000);

  it('has one job per singleton key and tenant, waiting or running', async () => {
    const send = (tenant: string) => jobs.here.send(name, tenant, {}, { singletonKey: 'nightly' });
    const other = newId();
    const first = await send(tenantId);
    expect(first).not.toBeNull();
    expect(await send(tenantId)).toBeNull();
    expect(await send(other)).not.toBeNull();
    expect(await jobs.here.send(name, tenantId, {})).not.toBeNull(); // without a key as many as you like
    expect(await jobs.here.send(name, tenantId, {})).not.toBeNull();

    let finish: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (finish = resolve));
    const seen: string[] = [];
    await jobs.there.work({ name, concurrency: 10, handle: ({ id }) => (seen.push(id), held) });
    await eventually(() => expect(seen).toHaveLength(4));
    expect(await send(tenantId)).toBeNull(); // it is running
    finish();
    await eventually(async () => expect(await send(tenantId)).not.toBeNull());
  });

  it('waits as long as it is told', async () => {
    let ran = 0;
    await jobs.there.work({ name, handle: async () => void (ran = Date.now()) });
    const sent = Date.now();
    await jobs.here.send(name, tenantId, {}, { startAfterSeconds: 2 });
    await eventually(() => expect(ran).toBeGreaterThan(0));
    expect(ran - sent).toBeGreaterThanOrEqual(1_900);
  });

  it('aborts a running job elsewhere when it is cancelled, promptly, and never runs it again', async () => {
    let runs = 0;
    let aborted = 0;
    const handle = ({ signal }: Job<object>) => {
      runs++;
      return new Promise<void>((_, reject) => {
        signal.addEventListener('abort', () => {
          aborted = Date.now();
          reject(signal.reason as Error);
        });
      });
    };
    await jobs.there.work({ name, handle });
    const id = await jobs.here.send(name, tenantId, {});
    await eventually(() => expect(runs).toBe(1));
    const cancelled = Date.now();
    await jobs.here.cancel(name, id!);
    await eventually(() => expect(aborted).toBeGreaterThan(0));
    expect(aborted - cancelled).toBeLessThan(500);
    await sleep(2_500);
    expect(runs).toBe(1);
    expect(await jobs.here.deadLetters(name, tenantId)).toEqual([]);
  });

  it('never runs a waiting job that was cancelled; cancelling what is finished or unknown does nothing', async () => {
    const seen: string[] = [];
    const cancelled = await jobs.here.send(name, tenantId, {});
    await jobs.here.cancel(name, cancelled!);
    await jobs.there.work({ name, handle: async ({ id }) => void seen.push(id) });
    const after = await jobs.here.send(name, tenantId, {});
    await eventually(() => expect(seen).toEqual([after]));
    await jobs.here.cancel(name, after!);
    await jobs.here.cancel(name, newId());
    await sleep(100);
    expect(seen).toEqual([after]);
  });

  it('runs by cron, with tenant and payload, one at a time, until it is unscheduled', async () => {
    const seen: Job<object>[] = [];
    await jobs.there.work({ name, handle: async (job) => void seen.push(job) });
    const key = `tenant:${tenantId} / report "x"`;
    await jobs.here.schedule(name, key, '* * * * *', tenantId, { report: 1 });
    await eventually(() => expect(seen.length).toBeGreaterThan(0), 20_000);
    expect(seen[0]).toMatchObject({ tenantId, payload: { report: 1 } });
    await jobs.here.unschedule(name, key);
    await jobs.here.unschedule(name, 'never scheduled');
    for (const bad of ['soon', '* * * *', '61 * * * *', '0 0 31 2 *', 'FREQ=DAILY']) {
      await expect(jobs.here.schedule(name, key, bad, tenantId, {})).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    }
  }, 40_000);

  it('puts a job back when its process stops, without counting it as a failure', async () => {
    const third = await jobs.another();
    let started = false;
    await third.work({
      name,
      retryLimit: 0,
      handle: ({ signal }) => {
        started = true;
        return new Promise<void>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
      },
    });
    const id = await jobs.here.send(name, tenantId, {});
    await eventually(() => expect(started).toBe(true));
    await third.close();
    const seen: Job<object>[] = [];
    await jobs.there.work({ name, retryLimit: 0, handle: async (job) => void seen.push(job) });
    await eventually(() => expect(seen).toHaveLength(1), 3_000);
    expect(seen[0]).toMatchObject({ id, retry: 0 });
  });

  it('handles a name once per process', async () => {
    await jobs.here.work({ name, handle: async () => undefined });
    await expect(jobs.here.work({ name, handle: async () => undefined })).rejects.toThrow('already');
  });
}
