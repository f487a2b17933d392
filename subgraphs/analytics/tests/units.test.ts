import fc from 'fast-check';
import { durationToMs } from '../../kernel/graphql/scalars';
import type { EventLog, StoredRecord } from '../../kernel/log/log';
import { createLogger } from '../../kernel/logger';
import { LiveStream } from '../live/live-stream';
import { tailTopic } from '../live/tail-topic';
import { hint, nearNames } from '../query/near-names';
import { SingleFlight } from '../query/single-flight';
import { resolveRange, untilNextStep, windowStep } from '../query/time-range';
import { until } from './workspace';

describe('near names', () => {
  it.each([
    ['revnue', ['revenue', 'count', 'average'], ['revenue']],
    ['Revenue', ['revenue'], ['revenue']],
    ['delay', ['sum_delay', 'avg_delay', 'origin'], ['avg_delay', 'sum_delay']],
    ['x', ['completely_different'], []],
    ['', [], []],
  ])('of %p', (written, names, expected) => expect(nearNames(written, names)).toEqual(expected));

  it('says what there is when nothing is near', () => {
    expect(hint([], ['a', 'b'])).toBe(' Known are: a, b.');
    expect(hint([], [])).toBe(' There are none yet.');
    expect(hint(['a', 'b'], ['a', 'b', 'c'])).toBe(' Did you mean "a" or "b"?');
  });
});

describe('a moving window', () => {
  const lasts = fc.constantFrom('PT10S', 'PT1M', 'PT5M', 'PT1H', 'PT24H', 'P7D', 'P365D');
  const nows = fc.integer({ min: 0, max: 4e12 }).map((at) => new Date(at));

  it('stands still until its next step, and moves then', () => {
    fc.assert(
      fc.property(lasts, nows, (last, now) => {
        const range = { from: null, to: null, last };
        const wait = untilNextStep(range, now)!;
        const at = (offset: number) => resolveRange(range, new Date(now.getTime() + offset));
        expect(wait).toBeGreaterThan(0);
        expect(at(wait - 1)).toEqual(at(0));
        expect(at(wait)).not.toEqual(at(0));
      }),
    );
  });

  it('reaches back as far as asked and not a step further', () => {
    fc.assert(
      fc.property(lasts, nows, (last, now) => {
        const length = durationToMs(last);
        const { from, to } = resolveRange({ from: null, to: null, last }, now);
        const step = windowStep(length);
        expect(now.getTime() - from!).toBeGreaterThanOrEqual(length);
        expect(now.getTime() - from!).toBeLessThan(length + step);
        expect(to! - now.getTime()).toBeGreaterThan(0);
        expect(to! - now.getTime()).toBeLessThanOrEqual(step);
      }),
    );
  });

  it('is for "last" only', () => {
    expect(untilNextStep(null, new Date())).toBeNull();
    expect(untilNextStep({ from: '2026-01-01T00:00:00.000Z', to: null, last: null }, new Date())).toBeNull();
  });
});

describe('single flight', () => {
  const never = () => new AbortController().signal;

  it('runs equal work once, and again when it is done', async () => {
    const flights = new SingleFlight();
    let runs = 0;
    const work = async () => ++runs;
    expect(await Promise.all([1, 2, 3].map(() => flights.run('k', never(), work)))).toEqual([1, 1, 1]);
    expect(await flights.run('k', never(), work)).toBe(2);
  });

  it('goes on for the others when one leaves, and stops when all have left', async () => {
    const flights = new SingleFlight();
    const done = Promise.withResolvers<string>();
    let given: AbortSignal | undefined;
    const work = (signal: AbortSignal) => ((given = signal), done.promise);
    const [first, second, third] = [new AbortController(), new AbortController(), new AbortController()];
    const one = flights.run('k', first.signal, work);
    const two = flights.run('k', second.signal, work);
    first.abort();
    await expect(one).rejects.toThrow(/abort/);
    expect(given!.aborted).toBe(false);
    done.resolve('done');
    expect(await two).toBe('done');

    const lone = flights.run('other', third.signal, (signal) => ((given = signal), new Promise(() => undefined)));
    third.abort();
    await expect(lone).rejects.toThrow(/abort/);
    expect(given!.aborted).toBe(true);
  });

  it('hands a failure to all who wait and forgets it', async () => {
    const flights = new SingleFlight();
    const fail = async () => Promise.reject(new Error('no'));
    const results = await Promise.allSettled([flights.run('k', never(), fail), flights.run('k', never(), fail)]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await flights.run('k', never(), async () => 'yes')).toBe('yes');
  });
});

describe('a live stream', () => {
  const open = (take: () => number | undefined | null) => {
    const controller = new AbortController();
    const state = { closed: 0 };
    const stream = new LiveStream<number>(controller.signal, take, () => void state.closed++);
    return { controller, state, stream };
  };

  it('hands out what there is, waits for more, and ends', async () => {
    const values: (number | null)[] = [1];
    const { stream, state } = open(() => values.shift());
    expect(await stream.next()).toEqual({ value: 1, done: false });
    const waiting = stream.next();
    stream.wake(); // nothing yet
    values.push(2);
    stream.wake();
    expect(await waiting).toEqual({ value: 2, done: false });
    values.push(null);
    expect((await stream.next()).done).toBe(true);
    expect(state.closed).toBe(1);
  });

  it.each(['return', 'abort'])('ends at once by %s while it waits', async (how) => {
    const { stream, state, controller } = open(() => undefined);
    const waiting = stream.next();
    if (how === 'abort') controller.abort();
    else await stream.return();
    expect((await waiting).done).toBe(true);
    expect((await stream.next()).done).toBe(true);
    expect(state.closed).toBe(1);
  });

  it('ends with the error of its source', async () => {
    const { stream, state } = open(() => {
      throw new Error('broken');
    });
    await expect(stream.next()).rejects.toThrow('broken');
    expect((await stream.next()).done).toBe(true);
    expect(state.closed).toBe(1);
  });
});

describe('following a topic', () => {
  const logger = createLogger({ service: 'test', level: 'silent' });

  /** A log of one partition that can break and lose its beginning. */
  function fragileLog() {
    const state = { first: 0n, values: [] as string[], broken: false };
    const check = () => {
      if (state.broken) throw new Error('the log is away');
    };
    const log = {
      bounds: async () => (check(), new Map([[0, { first: state.first, next: BigInt(state.values.length) }]])),
      waitForAppend: () => new Promise((resolve) => setTimeout(resolve, 5)),
      read: async (topic: string, partition: number, from: bigint) => {
        check();
        return state.values
          .slice(Number(from))
          .map((value, n) => ({ topic, partition, offset: from + BigInt(n), value }) as StoredRecord);
      },
    } as unknown as EventLog;
    return { state, log };
  }

  it('hears what comes after it began, once, over failures and unreadable records', async () => {
    const { state, log } = fragileLog();
    state.values.push('before');
    const heard: unknown[] = [];
    const currents: boolean[] = [];
    const tail = await tailTopic({
      log,
      logger,
      topic: 't',
      onRecord({ value }) {
        if (value === 'unreadable') throw new Error('what is this?');
        heard.push(value);
      },
      onCurrent: (current) => currents.push(current),
      onGap: () => heard.push('gap'),
    });
    state.values.push('a', 'unreadable', 'b');
    await until(() => heard.length === 2);
    state.broken = true;
    await until(() => currents.at(-1) === false);
    state.values.push('c');
    state.broken = false;
    await until(() => heard.length === 3);
    expect(heard).toEqual(['a', 'b', 'c']);
    expect(currents.at(-1)).toBe(true);
    await tail.stop();
  });

  it('tells when records were removed before they were read', async () => {
    const { state, log } = fragileLog();
    const heard: unknown[] = [];
    const tail = await tailTopic({
      log,
      logger,
      topic: 't',
      onRecord: ({ value }) => heard.push(value),
      onGap: () => heard.push('gap'),
    });
    state.values.push('lost', 'lost', 'kept');
    state.first = 2n;
    await until(() => heard.length === 2);
    expect(heard).toEqual(['gap', 'kept']);
    await tail.stop();
  });
});
