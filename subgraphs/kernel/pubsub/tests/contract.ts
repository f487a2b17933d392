import { setTimeout as sleep } from 'node:timers/promises';
import { newId } from '../../ids';
import { MAX_MESSAGE_BYTES, MAX_PENDING, type PubSub } from '../pubsub';

export interface PubSubUnderTest {
  /** Two processes' ends of one bus; the same object where there is only one process. */
  here: PubSub;
  there: PubSub;
  /** Breaks the connection on which `there` hears signals; absent where there is none. */
  breakThere?: () => Promise<void>;
  close(): Promise<void>;
}

export async function eventually(check: () => void | Promise<void>, timeoutMs = 10_000): Promise<void> {
  for (const deadline = Date.now() + timeoutMs; ; await sleep(10)) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
  }
}

/** The cases every adapter must pass. */
export function pubsubContract(open: () => Promise<PubSubUnderTest>): void {
  let bus: PubSubUnderTest;
  beforeAll(async () => void (bus = await open()));
  afterAll(() => bus?.close());

  const channel = (tenantId: string | null = newId()) => ({ tenantId, topic: `topic-${newId()}` });

  it('delivers to every subscriber in every process, in order, whole', async () => {
    const at = channel();
    const received: unknown[][] = [[], [], []];
    await bus.here.subscribe(at, (message) => void received[0]!.push(message));
    await bus.there.subscribe(at, (message) => void received[1]!.push(message));
    await bus.there.subscribe(at, (message) => void received[2]!.push(message));
    const messages = [{ text: 'žluťoučký \u0000 \ud83d\udc18' }, [1, null], 'plain', 0, false, null];
    for (const message of messages) await bus.here.publish(at, message);
    await eventually(() => received.forEach((list) => expect(list).toEqual(messages)));
  });

  it('keeps tenants apart, the platform too', async () => {
    const mine = channel();
    const theirs = { tenantId: newId(), topic: mine.topic };
    const platform = { tenantId: null, topic: mine.topic };
    const heard: string[] = [];
    for (const at of [mine, theirs, platform]) {
      await bus.there.subscribe<string>(at, (message) => void heard.push(`${at.tenantId}: ${message}`));
    }
    await bus.here.publish(theirs, 'to them');
    await bus.here.publish(platform, 'to all of us');
    await bus.here.publish(mine, 'to me');
    await eventually(() => expect(heard).toHaveLength(3));
    expect(heard.sort()).toEqual(
      [`${theirs.tenantId}: to them`, 'null: to all of us', `${mine.tenantId}: to me`].sort(),
    );
  });

  it('survives a listener that throws, now or later', async () => {
    const at = channel();
    const received: number[] = [];
    await bus.there.subscribe(at, () => {
      throw new Error('broken listener');
    });
    await bus.there.subscribe(at, () => Promise.reject(new Error('broken promise')));
    await bus.there.subscribe<number>(at, (message) => {
      received.push(message);
      if (message === 1) throw new Error('broken once');
    });
    for (const message of [1, 2, 3]) await bus.here.publish(at, message);
    await eventually(() => expect(received).toEqual([1, 2, 3]));
  });

  it('gives each subscriber a value of its own', async () => {
    const at = channel();
    let second: { changed?: boolean } | undefined;
    await bus.there.subscribe<{ changed?: boolean }>(at, (message) => void (message.changed = true));
    await bus.there.subscribe<{ changed?: boolean }>(at, (message) => void (second = message));
    await bus.here.publish(at, {});
    await eventually(() => expect(second).toBeDefined());
    expect(second).toEqual({});
  });

  it('waits for a slow listener, bounds what waits for it, and tells it what it lost', async () => {
    const at = channel();
    const slow: number[] = [];
    const quick: number[] = [];
    let gaps = 0;
    let finish: () => void = () => undefined;
    const first = new Promise<void>((resolve) => (finish = resolve));
    const slowListener = (message: number) => {
      slow.push(message);
      return first;
    };
    await bus.there.subscribe(at, slowListener, () => void gaps++);
    await bus.there.subscribe<number>(at, (message) => void quick.push(message));
    const count = MAX_PENDING + 50;
    for (let message = 0; message < count; message++) await bus.here.publish(at, message);
    await eventually(() => expect(quick).toHaveLength(count));
    expect(slow).toEqual([0]);
    finish();
    await eventually(() => expect(slow.at(-1)).toBe(count - 1));
    expect(gaps).toBe(1);
    expect(slow.length).toBeLessThan(100); // the first, and what came after the queue had overflowed
  });

  it('stops after unsubscribe, for this subscriber alone, and can begin again', async () => {
    const at = channel();
    const gone: number[] = [];
    const stays: number[] = [];
    const unsubscribe = await bus.there.subscribe<number>(at, (message) => void gone.push(message));
    const unsubscribeOther = await bus.there.subscribe<number>(at, (message) => void stays.push(message));
    await unsubscribe();
    await unsubscribe();
    await bus.here.publish(at, 1);
    await eventually(() => expect(stays).toEqual([1]));
    await unsubscribeOther();
    await bus.there.subscribe<number>(at, (message) => void stays.push(message));
    await bus.here.publish(at, 2);
    await eventually(() => expect(stays).toEqual([1, 2]));
    expect(gone).toEqual([]);
  });

  it('takes a message of the largest size and refuses a larger one', async () => {
    const at = channel();
    let size = 0;
    await bus.there.subscribe<string>(at, (message) => void (size = Buffer.byteLength(message)));
    await bus.here.publish(at, 'é'.repeat((MAX_MESSAGE_BYTES - 3) / 2));
    await eventually(() => expect(size).toBe(MAX_MESSAGE_BYTES - 3));
    await expect(bus.here.publish(at, 'é'.repeat((MAX_MESSAGE_BYTES - 1) / 2))).rejects.toMatchObject({
      code: 'PAYLOAD_TOO_LARGE',
    });
    await expect(bus.here.publish(at, undefined)).rejects.toThrow('JSON');
  });

  it('tells every subscriber of a gap after a broken connection, then delivers again', async () => {
    if (!bus.breakThere) return; // one process has no connection that could break
    const [one, two] = [channel(), channel(null)];
    const received: string[] = [];
    const gaps: string[] = [];
    await bus.there.subscribe<string>(
      one,
      (message) => void received.push(message),
      () => void gaps.push('one'),
    );
    await bus.there.subscribe<string>(
      two,
      (message) => void received.push(message),
      () => void gaps.push('two'),
    );
    await bus.breakThere();
    await eventually(() => expect(gaps.sort()).toEqual(['one', 'two']));
    await eventually(async () => {
      await bus.here.publish(one, 'after');
      await bus.here.publish(two, 'after too');
      expect(new Set(received)).toEqual(new Set(['after', 'after too']));
    });
  });

  it('refuses work after close', async () => {
    const own = await open();
    await own.close();
    await expect(own.here.publish(channel(), 1)).rejects.toThrow('closed');
    await expect(own.here.subscribe(channel(), () => undefined)).rejects.toThrow('closed');
  });
}
