import { LiveStore } from '../src/features/live/live-store';
import type { DashboardEvent } from '../src/features/live/live-reducer';
import { mayPass, retryDelay } from '../src/features/live/retry-policy';

const event = (tileId: string, resumeToken: string, value: number): DashboardEvent => ({
  tileId,
  resumeToken,
  error: null,
  event: {
    kind: 'SNAPSHOT',
    columns: [],
    rows: [{ key: 'a', values: [value] }],
    removed: [],
    order: null,
    resumeToken,
    receipt: {
      freshness: null,
      watermark: null,
      version: 'v',
      rowsScanned: 0,
      bytesScanned: 0,
      elapsedMs: 0,
      cost: 0,
      cache: 'HIT',
      policies: [],
      stale: false,
    },
  },
});

describe('the live store', () => {
  let frames: (() => void)[];
  let store: LiveStore;
  let renders: number;

  beforeEach(() => {
    frames = [];
    renders = 0;
    store = new LiveStore((flush) => void frames.push(flush));
    store.subscribe(() => renders++);
  });
  const frame = (): void => frames.splice(0).forEach((flush) => flush());

  it('applies a burst in one frame and tells its listeners once', () => {
    for (let count = 0; count < 1000; count++) store.push(event(`t${count % 50}`, String(count), count));
    expect(renders).toBe(0);
    expect(frames).toHaveLength(1);
    frame();
    expect(renders).toBe(1);
    expect(store.tile('t49')?.rows).toEqual([{ key: 'a', values: [999] }]);
  });

  it('gives the resume token of the newest event, also before the frame', () => {
    store.push(event('t1', 'first', 1));
    store.push(event('t2', 'second', 2));
    expect(store.resumeToken()).toBe('second');
    expect(store.tile('t1')?.rows).toHaveLength(1);
    frame();
    expect(renders).toBe(1);
  });

  it('keeps what is on screen when it starts again, but not the token', () => {
    store.push(event('t1', 'first', 1));
    frame();
    store.push(event('t1', 'late', 2));
    store.restart();
    frame();
    expect(store.resumeToken()).toBeUndefined();
    expect(store.tile('t1')?.rows).toEqual([{ key: 'a', values: [1] }]);
  });
});

describe('a failed stream', () => {
  it('is asked for again unless asking cannot help', () => {
    expect(['INTERNAL', 'UNAVAILABLE', 'QUERY_TIMEOUT', 'RATE_LIMITED'].every(mayPass)).toBe(true);
    expect(['NOT_FOUND', 'FORBIDDEN', 'UNKNOWN_MEASURE'].some(mayPass)).toBe(false);
    expect([retryDelay(() => 0), retryDelay(() => 1)]).toEqual([20_000, 40_000]);
  });
});
