import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../../kernel/clock';
import { TOPICS, type StoredRecord } from '../../../kernel/log/log';
import type { ProcessedEvents } from '../../events';
import type { Columns } from '../../../kernel/columns/columns';
import { startColumnsConsumer } from '../columns-consumer';
import { DEAD_TOPIC } from '../write-range';
import { countsOnceWhileKilled, drain, eventually, logger, said } from './exactly-once.cases';
import { startHarness, Sender, totals, type Harness } from './exactly-once.harness';

jest.setTimeout(300_000);

const KILLS = 10;

describe('events on their way into the columns', () => {
  let harness: Harness;
  beforeEach(async () => void (harness = await startHarness()));
  afterEach(() => harness.close());

  it(`counts each event once while its consumers are killed ${KILLS} times and the columns twice`, () =>
    countsOnceWhileKilled(harness, KILLS));

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
