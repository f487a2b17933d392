import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../../kernel/clock';
import { createLogger } from '../../../kernel/logger';
import { startColumnsConsumer } from '../columns-consumer';
import { Sender, totals, type Child, type Harness } from './exactly-once.harness';

export const logger = createLogger({ service: 'test', level: process.env.TEST_LOG ?? 'silent' });

export async function eventually(check: () => unknown, timeoutMs = 60_000): Promise<void> {
  for (const deadline = Date.now() + timeoutMs; ; await sleep(25)) {
    try {
      await check();
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
  }
}

/** Lets a consumer of this process carry the rest. */
export async function drain({ log, columns, database }: Pick<Harness, 'log' | 'columns' | 'database'>): Promise<void> {
  const consumer = await startColumnsConsumer({ log, columns, database, logger, clock: systemClock });
  await eventually(
    async () => expect([...(await consumer.lag()).values()].every((lag) => lag === 0n)).toBe(true),
    600_000,
  );
  await consumer.stop();
}

/** Events without a pause, until told to stop. */
function flow(sender: Sender): () => Promise<void> {
  const stopping = new AbortController();
  const flowing = (async () => {
    while (!stopping.signal.aborted) {
      await sender.send(1 + Math.floor(Math.random() * 120));
      await sleep(20);
    }
  })();
  return async () => {
    stopping.abort();
    await flowing;
  };
}

export const said = (child: Child, line: string) => eventually(() => expect(child.lines).toContain(line));

/** Kills consumers while events flow, most of them right after an insert and before the ledger knows of it, and every fourth time the columns too. */
export async function countsOnceWhileKilled(
  harness: Harness,
  wanted: number,
  env: Record<string, string> = {},
): Promise<void> {
  const sender = new Sender(harness.log);
  const stopFlow = flow(sender);
  let [kills, betweenInsertAndLedger] = [0, 0];
  try {
    let other = harness.child(env);
    while (kills < wanted) {
      // Two at a time: the one that is killed leaves its partitions to another in the middle of its work.
      const exact = kills % 3 !== 2;
      const child = harness.child(exact ? { ...env, CHILD_HANG: String(1 + (kills % 4)) } : env);
      await said(child, exact ? 'inserted' : 'started');
      if (exact) betweenInsertAndLedger++;
      else await sleep(Math.random() * 500);
      await child.kill();
      kills++;
      if (kills % 4 === 0) {
        await eventually(() => process.kill(harness.columnsServer.pid!, 'SIGKILL'));
        await other.kill();
        kills++;
        other = harness.child(env);
      }
    }
    await other.kill();
  } finally {
    await stopFlow();
  }
  expect(betweenInsertAndLedger).toBeGreaterThanOrEqual(wanted / 2);
  await eventually(() => expect(harness.columnsServer.pid).toBeDefined());
  await drain(harness);

  await expectOnce(harness, sender);
  process.stderr.write(
    `${sender.sent} events sent, ${sender.count} distinct, ${kills} kills, ${betweenInsertAndLedger} right after an insert\n`,
  );
}

/** Kills the engine again and again under a living consumer. */
export async function countsOnceWhileEngineDies(harness: Harness, wanted: number): Promise<void> {
  const sender = new Sender(harness.log);
  const stopFlow = flow(sender);
  const { log, columns, database } = harness;
  const consumer = await startColumnsConsumer({ log, columns, database, logger, clock: systemClock });
  try {
    for (let kills = 0; kills < wanted; kills++) {
      await eventually(() => columns.ping());
      await sleep(200 + Math.random() * 1_000);
      await eventually(() => process.kill(harness.columnsServer.pid!, 'SIGKILL'));
    }
  } finally {
    await stopFlow();
  }
  await eventually(() => columns.ping());
  await consumer.stop();
  await drain(harness);
  await expectOnce(harness, sender);
}

async function expectOnce(harness: Harness, sender: Sender): Promise<void> {
  expect(sender.sent).toBeGreaterThan(sender.count);
  const { count, sum } = sender;
  expect(await totals(harness.columns)).toEqual({
    rows: count,
    places: count,
    ids: count,
    total: sum,
    windows: { counted: count, valued: count, summed: sum },
  });
}
