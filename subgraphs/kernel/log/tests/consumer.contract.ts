import { setTimeout as sleep } from 'node:timers/promises';
import { StaleEpochError, type Assignment, type ConsumedBatch, type EventLog } from '../log';
import { eventually, topicName, type Tools } from './contract-tools';

/** What consumer groups must do in every adapter. */
export function consumerCases({ log, open, makeTopic, record }: Tools & { open(): Promise<EventLog> }): void {
  const many = (count: number) => Array.from({ length: count }, (_, n) => record(`k${n}`, n));
  const valuesOf = (batch: ConsumedBatch) => batch.records.map(({ value }) => value as number);

  it('delivers each record to each of two groups, in the order of its partition', async () => {
    const topic = await makeTopic(3);
    await log().append(topic, many(60));
    const seen: ConsumedBatch['records'][number][][] = [[], []];
    const consumers = await Promise.all(
      seen.map((list) =>
        log().consume({
          group: topicName(),
          topic,
          maxRecords: 7,
          handle: async (batch) => {
            expect(batch.records.length).toBeLessThanOrEqual(7);
            list.push(...batch.records);
            await batch.commit(batch.nextOffset);
          },
        }),
      ),
    );
    await log().append(topic, many(40));
    await eventually(() => seen.forEach((list) => expect(list).toHaveLength(100)));
    for (const list of seen) {
      for (const partition of [0, 1, 2]) {
        const offsets = list.filter((one) => one.partition === partition).map(({ offset }) => Number(offset));
        expect(offsets).toEqual(offsets.map((_, n) => n));
      }
    }
    await eventually(async () => expect([...(await consumers[0]!.lag()).values()]).toEqual([0n, 0n, 0n]));
    await Promise.all(consumers.map((consumer) => consumer.stop()));
  });

  it('begins a new group at the end when asked', async () => {
    const topic = await makeTopic(1);
    await log().append(topic, many(3));
    const seen: number[] = [];
    const consumer = await log().consume({
      group: topicName(),
      topic,
      from: 'latest',
      handle: async (batch) => void seen.push(...valuesOf(batch)),
    });
    await eventually(async () => {
      await log().append(topic, [record('k', 99)]);
      expect(seen).toContain(99);
    });
    expect(new Set(seen)).toEqual(new Set([99]));
    await consumer.stop();
  });

  it('hands partitions over to a second member and back, losing nothing, with growing epochs', async () => {
    const topic = await makeTopic(4);
    const group = topicName();
    const done: { value: number; epoch: number; partition: number }[] = [];
    const held: Set<number>[] = [new Set(), new Set()];
    const member = async (own: EventLog, mine: Set<number>) =>
      own.consume({
        group,
        topic,
        maxRecords: 5,
        onAssigned: (assignments) => assignments.forEach(({ partition }) => mine.add(partition)),
        onRevoked: (assignments) => assignments.forEach(({ partition }) => mine.delete(partition)),
        handle: async (batch) => {
          await sleep(5);
          await batch.commit(batch.nextOffset);
          const { epoch, partition } = batch.assignment;
          done.push(...valuesOf(batch).map((value) => ({ value, epoch, partition })));
        },
      });
    let next = 0;
    const append = async (count: number) => {
      await log().append(
        topic,
        Array.from({ length: count }, () => record(`k${next}`, next++)),
      );
    };
    await append(100);
    const first = await member(log(), held[0]!);
    await eventually(() => expect(held[0]!.size).toBe(4));
    const second = await member(await open(), held[1]!);
    for (let n = 0; n < 10; n++) await append(20);
    await eventually(() => expect(held.map(({ size }) => size)).toEqual([2, 2]));
    await append(50);
    await eventually(() => expect(new Set(done.map(({ value }) => value)).size).toBe(next));
    await first.stop();
    await eventually(() => expect(held.map(({ size }) => size)).toEqual([0, 4]));
    await append(50);
    await eventually(() => expect(new Set(done.map(({ value }) => value)).size).toBe(next));
    expect(done).toHaveLength(next); // an orderly hand-over repeats nothing
    for (const partition of [0, 1, 2, 3]) {
      const epochs = done.filter((one) => one.partition === partition).map(({ epoch }) => epoch);
      expect(epochs).toEqual([...epochs].sort((a, b) => a - b));
    }
    expect(new Set(done.map(({ epoch }) => epoch)).size).toBeGreaterThan(1);
    await second.stop();
  });

  it('delivers again after a throw, from the last commit, and goes on with the other partitions', async () => {
    const topic = await makeTopic(2);
    await log().append(topic, many(40));
    const seen = new Map<number, number>();
    let thrown = 0;
    const consumer = await log().consume({
      group: topicName(),
      topic,
      maxRecords: 10,
      handle: async (batch) => {
        for (const { value } of batch.records) seen.set(value as number, (seen.get(value as number) ?? 0) + 1);
        if (batch.assignment.partition === 0 && thrown < 3) {
          if (thrown === 0) await batch.commit(batch.records[2]!.offset);
          thrown++;
          throw new Error('handler failed');
        }
        await batch.commit(batch.nextOffset);
      },
    });
    await eventually(async () => expect([...(await consumer.lag()).values()]).toEqual([0n, 0n]));
    expect(seen.size).toBe(40);
    expect(thrown).toBe(3);
    const counts = [...seen.values()];
    expect(counts.filter((count) => count === 4)).not.toEqual([]);
    expect(Math.max(...counts)).toBe(4);
    expect(counts.filter((count) => count === 1).length).toBeGreaterThan(2);
    await consumer.stop();
  });

  it('goes on from the commit after a restart', async () => {
    const topic = await makeTopic(1);
    const group = topicName();
    await log().append(topic, many(30));
    const first: number[] = [];
    const consumer = await log().consume({
      group,
      topic,
      maxRecords: 10,
      handle: async (batch) => {
        first.push(...valuesOf(batch));
        if (first.length <= 20) await batch.commit(batch.nextOffset);
      },
    });
    await eventually(() => expect(first).toHaveLength(30));
    await consumer.stop();
    const second: number[] = [];
    const restarted = await (
      await open()
    ).consume({
      group,
      topic,
      handle: async (batch) => {
        second.push(...valuesOf(batch));
        await batch.commit(batch.nextOffset);
      },
    });
    await eventually(() => expect(second).toHaveLength(10));
    expect(second[0]).toBe(20);
    await restarted.stop();
  });

  it('holds still while paused and goes on when resumed', async () => {
    const topic = await makeTopic(2);
    const seen: number[] = [];
    const consumer = await log().consume({
      group: topicName(),
      topic,
      handle: async (batch) => {
        seen.push(...valuesOf(batch));
        await batch.commit(batch.nextOffset);
      },
    });
    await log().append(topic, many(10));
    await eventually(() => expect(seen).toHaveLength(10));
    consumer.pause();
    await log().append(topic, many(10));
    await sleep(500);
    expect(seen).toHaveLength(10);
    expect([...(await consumer.lag()).values()].reduce((a, b) => a + b)).toBe(10n);
    consumer.resume();
    await eventually(() => expect(seen).toHaveLength(20));
    consumer.pause();
    await consumer.stop();
  });

  it('refuses a commit under an epoch that is over', async () => {
    const topic = await makeTopic(1);
    const group = topicName();
    await log().append(topic, many(1));
    let old: ConsumedBatch | undefined;
    const first = await log().consume({
      group,
      topic,
      handle: async (batch) => {
        old = batch;
      },
    });
    await eventually(() => expect(old).toBeDefined());
    await first.stop();
    const assigned: Assignment[] = [];
    const second = await log().consume({
      group,
      topic,
      onAssigned: (assignments) => void assigned.push(...assignments),
      handle: (batch) => batch.commit(batch.nextOffset),
    });
    await eventually(async () => expect([...(await second.lag()).values()]).toEqual([0n]));
    await expect(old!.commit(old!.nextOffset)).rejects.toThrow(StaleEpochError);
    expect(assigned[0]!.epoch).toBeGreaterThan(old!.assignment.epoch);
    await second.stop();
  });

  it('finishes the batch in hand before it stops, and keeps one at a time', async () => {
    const topic = await makeTopic(1);
    await log().append(topic, many(20));
    let [running, most, finished] = [0, 0, 0];
    const consumer = await log().consume({
      group: topicName(),
      topic,
      maxRecords: 4,
      handle: async (batch) => {
        most = Math.max(most, ++running);
        await sleep(200);
        running--;
        finished++;
        await batch.commit(batch.nextOffset);
      },
    });
    await eventually(() => expect(running).toBe(1));
    await consumer.stop();
    expect([running, most]).toEqual([0, 1]);
    expect([...(await consumer.lag()).values()]).toEqual([BigInt(20 - 4 * finished)]);
  });

  it('waits for a fuller batch when asked', async () => {
    const topic = await makeTopic(1);
    const sizes: number[] = [];
    const consumer = await log().consume({
      group: topicName(),
      topic,
      maxRecords: 50,
      maxWaitMs: 400,
      handle: async (batch) => void sizes.push(batch.records.length),
    });
    await sleep(300);
    for (let n = 0; n < 10; n++) {
      await log().append(topic, many(2));
      await sleep(5);
    }
    await eventually(() => expect(sizes.reduce((a, b) => a + b, 0)).toBe(20));
    expect(sizes.length).toBeLessThanOrEqual(2);
    await consumer.stop();
  });
}
