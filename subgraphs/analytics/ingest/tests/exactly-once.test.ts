import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../../kernel/clock';
import { TOPICS, type StoredRecord } from '../../../kernel/log/log';
import { createLogger } from '../../../kernel/logger';
import type { ProcessedEvents } from '../../events';
import type { Columns } from '../../../kernel/columns/columns';
import { startColumnsConsumer } from '../columns-consumer';
import { DEAD_TOPIC } from '../write-range';
import { startHarness, Sender, totals, type Child, type Harness } from './exactly-once.harness';

jest.setTimeout(300_000);

const KILLS = Number(process.env.INGEST_KILLS ?? 10);
const logger = createLogger({ service: 'test', level: process.env.TEST_LOG ?? 'silent' });

async function eventually(check: () => unknown, timeoutMs = 60_000): Promise<void> {
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
async function drain({ log, columns, database }: Pick<Harness, 'log' | 'columns' | 'database'>): Promise<void> {
  const consumer = await startColumnsConsumer({ log, columns, database, logger, clock: systemClock });
  await eventually(async () => expect([...(await consumer.lag()).values()].every((lag) => lag === 0n)).toBe(true));
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

const said = (child: Child, line: string) => eventually(() => expect(child.lines).toContain(line));

describe('events on their way into the columns', () => {
  let harness: Harness;
  beforeEach(async () => void (harness = await startHarness()));
  afterEach(() => harness.close());

  it(`counts each event once while its consumers are killed ${KILLS} times and the columns twice`, async () => {
    const sender = new Sender(harness.log);
    const stopFlow = flow(sender);
    let [kills, betweenInsertAndLedger] = [0, 0];
    try {
      let other = harness.child();
      while (kills < KILLS) {
        // Two at a time: the one that is killed leaves its partitions to another in the middle of its work.
        const exact = kills % 3 !== 2;
        const child = harness.child(exact ? { CHILD_HANG: String(1 + (kills % 4)) } : {});
        await said(child, exact ? 'inserted' : 'started');
        if (exact) betweenInsertAndLedger++;
        else await sleep(Math.random() * 500);
        await child.kill();
        kills++;
        if (kills % 4 === 0) {
          await eventually(() => process.kill(harness.columnsServer.pid!, 'SIGKILL'));
          await other.kill();
          kills++;
          other = harness.child();
        }
      }
      await other.kill();
    } finally {
      await stopFlow();
    }
    expect(betweenInsertAndLedger).toBeGreaterThanOrEqual(KILLS / 2);
    await eventually(() => expect(harness.columnsServer.pid).toBeDefined());
    await drain(harness);

    expect(sender.sent).toBeGreaterThan(sender.count);
    const { count, sum } = sender;
    expect(await totals(harness.columns)).toEqual({
      rows: count,
      places: count,
      ids: count,
      total: sum,
      windows: { counted: count, valued: count, summed: sum },
    });
    process.stderr.write(
      `${sender.sent} events sent, ${count} distinct, ${kills} kills, ${betweenInsertAndLedger} right after an insert\n`,
    );
  });

  it('would count some twice without the tokens: the killing does hit', async () => {
    const sender = new Sender(harness.log);
    await sender.send(400);
    for (let n = 0; n < 2; n++) {
      const child = harness.child({ CHILD_HANG: '1', CHILD_NO_TOKEN: 'yes' });
      await said(child, 'inserted');
      await child.kill();
    }
    await drain(harness);
    const { rows, ids, windows } = await totals(harness.columns);
    expect(ids).toBe(sender.count);
    expect(rows).toBeGreaterThan(sender.count);
    expect(windows.counted).toBe(rows);
  });

  it('waits while the columns are stopped, and tells those who watch what changed', async () => {
    const sender = new Sender(harness.log);
    process.kill(harness.columnsServer.pid!, 'SIGSTOP');
    const frozen = harness.columnsServer.pid!;
    await sender.send(300);
    const consumer = await startColumnsConsumer({ ...harness, logger, clock: systemClock });
    await sleep(1_500);
    expect([...(await consumer.lag()).values()].reduce((a, b) => a + b)).toBe(300n);
    process.kill(frozen, 'SIGCONT');
    await eventually(async () => expect([...(await consumer.lag()).values()].every((lag) => lag === 0n)).toBe(true));
    await consumer.stop();
    expect(await totals(harness.columns)).toMatchObject({ rows: sender.count, total: sender.sum });

    const news: StoredRecord[] = [];
    for (const [partition, { next }] of await harness.log.bounds(TOPICS.processedEvents.name)) {
      news.push(...(await harness.log.read(TOPICS.processedEvents.name, partition, 0n, Number(next))));
    }
    const { datasets } = sender;
    expect(new Set(news.map(({ tenantId }) => tenantId))).toEqual(new Set(datasets.map(({ tenantId }) => tenantId)));
    const values = news.map(({ value }) => value as ProcessedEvents);
    for (const value of values) {
      expect(datasets).toContainEqual({ tenantId: value.tenantId, datasetId: value.datasetId });
    }
    expect(new Set(values.flatMap(({ windows }) => windows))).toContain('2026-01-31T23:00:00.000Z');
    const reached = new Map<string, bigint>();
    for (const { versionVector } of values) {
      for (const [partition, next] of Object.entries(versionVector as Record<string, string>)) {
        if (BigInt(next) > (reached.get(partition) ?? 0n)) reached.set(partition, BigInt(next));
      }
    }
    const heads = await harness.log.bounds(TOPICS.rawEvents.name);
    for (const [partition, { next }] of heads) expect(reached.get(String(partition)) ?? 0n).toBe(next);
  });

  it('sets aside what is no event and what the engine cannot read, and carries the rest, once', async () => {
    const sender = new Sender(harness.log);
    const { tenantId } = sender.datasets[0]!;
    await harness.log.append(TOPICS.rawEvents.name, [{ tenantId, key: 'x', value: { v: 7 } }]);
    await sender.send(200);
    // The engine itself refuses these rows.
    const insert: Columns['insert'] = (table, rows, options) =>
      harness.columns.insert(
        table,
        rows.map((row) => (/-(50|51|199)$/.test(String(row.event_id)) ? { ...row, time: 'no time' } : row)),
        options,
      );
    const poisoned = { ...harness, columns: { ...harness.columns, insert } };
    await drain(poisoned);
    const dead = await harness.log.read(DEAD_TOPIC, 0, 0n, 100);
    const refused = dead.filter(({ key }) => key !== 'x');
    expect(dead.find(({ key }) => key === 'x')).toMatchObject({ tenantId, value: { v: 7 } });
    expect(dead.every(({ headers }) => Boolean(headers?.reason && headers.position))).toBe(true);
    const keys = new Set(refused.map(({ key }) => key));
    expect([...keys].every((key) => /-(50|51|199)$/.test(key))).toBe(true);
    expect(keys.size).toBeGreaterThanOrEqual(2);
    for (const { key, tenantId: owner } of refused) sender.expected.delete(`${owner}/${key}`);
    expect(await totals(harness.columns)).toMatchObject({ rows: sender.count, total: sender.sum });
    expect((await totals(harness.columns)).windows).toMatchObject({ counted: sender.count, summed: sender.sum });
  });
});
