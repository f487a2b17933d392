import { newId } from '../../ids';
import type { EventLog, LogRecord } from '../log';
import { consumerCases } from './consumer.contract';
import { processCases } from './process.contract';
import { readAll, topicName } from './contract-tools';

export interface LogUnderTest {
  /** One process's end of the log; each call opens another. The suite closes them. */
  open(): EventLog | Promise<EventLog>;
  /** Appends in a transaction that stays open. */
  holdAppend?(topic: string, record: LogRecord): Promise<{ commit(): Promise<void>; rollback(): Promise<void> }>;
  /** Makes everything appended so far older than an hour and lets the adapter remove it. */
  expire?(log: EventLog): Promise<void>;
  /** Environment with which `child.ts` opens the same log in a process of its own. */
  childEnv: Record<string, string>;
  close(): Promise<void>;
}

/** What only some adapters let a test do. */
export interface Means {
  /** `holdAppend` is there: offsets come from transactions of ours. */
  transactions: boolean;
  /** `expire` is there: retention is ours and does not take minutes. */
  retention: boolean;
}

/** The cases every adapter must pass. */
export function logContract({ transactions, retention }: Means, start: () => Promise<LogUnderTest>): void {
  let under: LogUnderTest;
  let log: EventLog;
  const opened: EventLog[] = [];
  const open = async (): Promise<EventLog> => {
    const one = await under.open();
    opened.push(one);
    return one;
  };
  const tenant = newId();
  const record = (key: string, value: unknown): LogRecord => ({ tenantId: tenant, key, value });
  const makeTopic = async (partitions = 4, retentionMs: number | null = null): Promise<string> => {
    const topic = topicName();
    await log.ensureTopic(topic, { partitions, retentionMs });
    return topic;
  };

  beforeAll(async () => {
    under = await start();
    log = await open();
  });
  afterAll(async () => {
    await Promise.all(opened.map((one) => one.close()));
    await under?.close();
  });

  it('keeps the order of each key and answers where each record is', async () => {
    const topic = await makeTopic();
    const records = Array.from({ length: 200 }, (_, n) => record(`key ${n % 7}`, n));
    const positions = await log.append(topic, records);
    const stored = await readAll(log, topic);
    expect(stored).toHaveLength(200);
    for (const [index, { partition, offset }] of positions.entries()) {
      const there = stored.find((one) => one.partition === partition && one.offset === offset);
      expect(there).toMatchObject({ topic, tenantId: tenant, key: records[index]!.key, value: index });
    }
    for (const key of new Set(records.map((one) => one.key))) {
      const values = stored.filter((one) => one.key === key).map(({ value }) => value as number);
      expect(values).toEqual([...values].sort((a, b) => a - b));
      expect(new Set(stored.filter((one) => one.key === key).map(({ partition }) => partition)).size).toBe(1);
    }
    expect(new Set(stored.map(({ partition }) => partition)).size).toBeGreaterThan(1);
  });

  it('gives dense offsets under eight appenders at once', async () => {
    const topic = await makeTopic(3);
    const logs = await Promise.all(Array.from({ length: 8 }, open));
    const answers = await Promise.all(
      logs.map(async (one, appender) => {
        const positions = [];
        for (let n = 0; n < 25; n++) {
          positions.push(...(await one.append(topic, [record(`${appender}-${n}`, n), record(`b${appender}-${n}`, n)])));
        }
        return positions;
      }),
    );
    expect(new Set(answers.flat().map(({ partition, offset }) => `${partition}:${offset}`)).size).toBe(400);
    const stored = await readAll(log, topic);
    for (const [partition, { first, next }] of await log.bounds(topic)) {
      const offsets = stored.filter((one) => one.partition === partition).map(({ offset }) => offset);
      expect(first).toBe(0n);
      expect(offsets).toEqual(Array.from({ length: Number(next) }, (_, n) => BigInt(n)));
    }
  });

  (transactions ? it : it.skip)(
    'never lets a reader pass a gap when the earlier transaction commits last',
    async () => {
      const topic = await makeTopic(1);
      const held = await under.holdAppend!(topic, record('a', 'earlier'));
      const later = log.append(topic, [record('b', 'later')]);
      await new Promise((resolve) => setTimeout(resolve, 200));
      expect(await readAll(log, topic)).toEqual([]);
      expect((await log.bounds(topic)).get(0)).toEqual({ first: 0n, next: 0n });
      await held.commit();
      expect(await later).toEqual([{ partition: 0, offset: 1n }]);
      expect((await readAll(log, topic)).map(({ value }) => value)).toEqual(['earlier', 'later']);

      const dropped = await under.holdAppend!(topic, record('a', 'never'));
      const after = log.append(topic, [record('b', 'after')]);
      await dropped.rollback();
      expect(await after).toEqual([{ partition: 0, offset: 2n }]);
      expect((await readAll(log, topic)).map(({ offset }) => offset)).toEqual([0n, 1n, 2n]);
    },
  );

  it('appends all or nothing', async () => {
    const topic = await makeTopic();
    const good = log.append(topic, [record('good', 1)]);
    const circle: unknown[] = [];
    circle.push(circle);
    for (const bad of [{ ...record('bad', 1), tenantId: 'nobody' }, record('bad', undefined), record('bad', circle)]) {
      await expect(log.append(topic, [record('fine', 1), record('fine too', 2), bad])).rejects.toThrow();
    }
    await expect(log.append(topic, [record('large', 'x'.repeat(5_000_000))])).rejects.toMatchObject({
      code: 'PAYLOAD_TOO_LARGE',
    });
    await expect(log.append(topic, [record('late', 1)], AbortSignal.abort())).rejects.toThrow('abort');
    await expect(log.append(topicName(), [record('nowhere', 1)])).rejects.toThrow();
    await good;
    expect((await readAll(log, topic)).map(({ key }) => key)).toEqual(['good']);
    expect(await log.append(topic, [])).toEqual([]);
  });

  it('gives back large and hostile values as they were', async () => {
    const topic = await makeTopic();
    let deep: unknown = 'bottom';
    for (let level = 0; level < 500; level++) deep = level % 2 ? [deep] : { deep };
    const values: unknown[] = [
      { text: 'nul \u0000 \u0001 \u001e \u001f "quoted" \\u0000 \\', emoji: '🐘👩‍👩‍👧 \ud83d' },
      { large: 'é'.repeat(1_000_000) },
      { exact: '9007199254740993', number: 2 ** 53, tiny: 5e-324, negative: -0.1 },
      deep,
      null,
      '',
      [],
      { __proto__x: 1, constructor: 'x', 'a.b': { '': 0 } },
    ];
    const keys = ['', '\u0000', 'ключ', "'; drop table x; --", '\ud83d', '{}', 'a:b', '🐘'];
    const headers = { 'content-type': 'x', empty: '', odd: 'č\u0000' };
    await log.append(
      topic,
      values.map((value, n) => ({ tenantId: tenant, key: keys[n]!, value, headers })),
    );
    const stored = await readAll(log, topic);
    for (const [n, value] of values.entries()) {
      expect(stored.find(({ key }) => key === keys[n])).toMatchObject({ value, headers, tenantId: tenant });
    }
    expect(stored).toHaveLength(values.length);
  });

  it('keeps the tenant with each record', async () => {
    const topic = await makeTopic();
    const other = newId();
    await log.append(topic, [record('same', 'mine'), { tenantId: other, key: 'same', value: 'theirs' }]);
    const stored = await readAll(log, topic);
    expect(stored.map(({ tenantId, value }) => [tenantId, value]).sort()).toEqual(
      [
        [tenant, 'mine'],
        [other, 'theirs'],
      ].sort(),
    );
  });

  it('reads ranges and knows its bounds', async () => {
    const topic = await makeTopic(1);
    await log.append(
      topic,
      Array.from({ length: 20 }, (_, n) => record('k', n)),
    );
    expect((await log.read(topic, 0, 5n, 3)).map(({ offset }) => offset)).toEqual([5n, 6n, 7n]);
    expect(await log.read(topic, 0, 20n, 3)).toEqual([]);
    expect(await log.bounds(topic)).toEqual(new Map([[0, { first: 0n, next: 20n }]]));
    expect(await log.partitions(topic)).toBe(1);
    const [first] = await log.read(topic, 0, 0n, 1);
    expect(Math.abs(first!.timestamp.getTime() - Date.now())).toBeLessThan(4_000_000);
  });

  it('never shrinks a topic, and lets it grow', async () => {
    const topic = await makeTopic(2);
    await log.ensureTopic(topic, { partitions: 1, retentionMs: null });
    expect(await log.partitions(topic)).toBe(2);
    await log.ensureTopic(topic, { partitions: 3, retentionMs: null });
    expect(await log.partitions(topic)).toBe(3);
    await expect(log.ensureTopic(topic, { partitions: 0, retentionMs: null })).rejects.toThrow();
  });

  it('wakes a reader when something is appended, at once when it is there already', async () => {
    const topic = await makeTopic(2);
    const other = await open();
    await log.waitForAppend(topic, 1_000, undefined, new Map([[0, 0n]])); // settles what is known
    const from = performance.now();
    const woken = log.waitForAppend(topic, 20_000);
    setTimeout(() => void other.append(topic, [record('k', 1)]), 50);
    await woken;
    expect(performance.now() - from).toBeLessThan(5_000);
    await log.waitForAppend(topic, 20_000, undefined, new Map());
    expect(performance.now() - from).toBeLessThan(6_000);
    await log.waitForAppend(topic, 20_000, AbortSignal.timeout(50));
    await log.waitForAppend(topic, 50);
    expect(performance.now() - from).toBeLessThan(8_000);
  });

  (retention ? it : it.skip)('removes what is older than the topic keeps, and readers go on behind it', async () => {
    const [ageing, lasting] = [await makeTopic(1, 3_600_000), await makeTopic(1)];
    for (const topic of [ageing, lasting]) await log.append(topic, [record('k', 'old'), record('k', 'old')]);
    await under.expire!(log);
    await log.append(ageing, [record('k', 'new')]);
    expect(await log.bounds(ageing)).toEqual(new Map([[0, { first: 2n, next: 3n }]]));
    expect((await log.read(ageing, 0, 0n, 10)).map(({ offset, value }) => [offset, value])).toEqual([[2n, 'new']]);
    expect(await log.bounds(lasting)).toEqual(new Map([[0, { first: 0n, next: 2n }]]));
    const seen: unknown[] = [];
    const consumer = await log.consume({
      group: topicName(),
      topic: ageing,
      handle: async ({ records }) => void seen.push(...records.map(({ value }) => value)),
    });
    for (const end = Date.now() + 10_000; seen.length === 0 && Date.now() < end;) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(seen).toEqual(['new']);
    await consumer.stop();
  });

  it('refuses work after close', async () => {
    const own = await under.open();
    await own.close();
    await own.close();
    await expect(own.append('x', [record('k', 1)])).rejects.toThrow('closed');
    await expect(own.consume({ group: 'g', topic: 'x', handle: async () => undefined })).rejects.toThrow('closed');
  });

  consumerCases({ log: () => log, open, makeTopic, record });
  processCases({ log: () => log, makeTopic, record, childEnv: () => under.childEnv });
}
