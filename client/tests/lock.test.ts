import { LEASE_MS, leaseLock, type Lock } from '../src/lib/session/lock';

/** A gate that work under the lock waits at. */
function gate(): { passed: Promise<void>; open: () => void } {
  let open = (): void => undefined;
  const passed = new Promise<void>((resolve) => (open = resolve));
  return { passed, open };
}

describe('the lease that stands in for a lock on plain HTTP', () => {
  let stored: unknown;
  let time: number;
  const tab = (): Lock =>
    leaseLock({
      // Transactions of one origin run one after the other; so do these.
      update: async (change) => void (stored = change(stored)),
      now: () => time,
    });
  const turns = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 200));

  beforeEach(() => {
    stored = undefined;
    time = 1_000_000;
  });

  it('lets one tab work at a time and the next after it', async () => {
    const log: string[] = [];
    const first = gate();
    const one = tab()(async () => {
      log.push('one begins');
      await first.passed;
      log.push('one ends');
    });
    const two = tab()(async () => void log.push('two'));
    await turns();
    expect(log).toEqual(['one begins']);
    first.open();
    await Promise.all([one, two]);
    expect(log).toEqual(['one begins', 'one ends', 'two']);
    expect(stored).toBeUndefined();
  });

  it('gives the lease up when the work fails', async () => {
    await expect(tab()(() => Promise.reject(new Error('no network')))).rejects.toThrow('no network');
    expect(stored).toBeUndefined();
  });

  it('holds for a renewal that takes as long as it may', async () => {
    const first = gate();
    const one = tab()(() => first.passed);
    await turns();
    time += 45_000;
    const work = jest.fn(async () => undefined);
    const two = tab()(work);
    await turns();
    expect(work).not.toHaveBeenCalled();
    first.open();
    await Promise.all([one, two]);
    expect(work).toHaveBeenCalledTimes(1);
  });

  it('passes to the next tab when its holder died, and is not taken from that tab by a late return', async () => {
    const first = gate();
    const second = gate();
    const one = tab()(() => first.passed);
    await turns();
    time += LEASE_MS + 1;
    const two = tab()(() => second.passed);
    await turns();
    const leased = stored;
    expect(leased).toMatchObject({ until: time + LEASE_MS });
    first.open();
    await one;
    expect(stored).toBe(leased);

    const third = jest.fn(async () => undefined);
    const three = tab()(third);
    await turns();
    expect(third).not.toHaveBeenCalled();
    second.open();
    await Promise.all([two, three]);
    expect(third).toHaveBeenCalledTimes(1);
    expect(stored).toBeUndefined();
  });
});
