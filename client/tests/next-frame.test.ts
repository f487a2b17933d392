import { nextFrame } from '../src/features/live/next-frame';
import { LiveStore } from '../src/features/live/live-store';

/** The browser's frames: none come while the tab is hidden, and what was asked for waits until it is shown again. */
class Frames {
  #count = 0;
  readonly #waiting = new Map<number, () => void>();
  readonly request = (callback: () => void): number => {
    this.#waiting.set(++this.#count, callback);
    return this.#count;
  };
  readonly cancel = (id: number): void => void this.#waiting.delete(id);
  paint(): void {
    const due = [...this.#waiting.values()];
    this.#waiting.clear();
    due.forEach((callback) => callback());
  }
}

describe('the next frame', () => {
  let frames: Frames;
  beforeEach(() => {
    jest.useFakeTimers();
    frames = new Frames();
    Object.assign(globalThis, { requestAnimationFrame: frames.request, cancelAnimationFrame: frames.cancel });
  });
  afterEach(() => {
    jest.useRealTimers();
    for (const name of ['requestAnimationFrame', 'cancelAnimationFrame']) Reflect.deleteProperty(globalThis, name);
  });

  it('flushes once, in the frame, and leaves no timer', () => {
    const flush = jest.fn();
    nextFrame(flush);
    frames.paint();
    expect(flush).toHaveBeenCalledTimes(1);
    expect(jest.getTimerCount()).toBe(0);
    jest.advanceTimersByTime(1_000);
    expect(flush).toHaveBeenCalledTimes(1);
  });

  it('flushes once after 250 ms when no frame comes, also not when the tab is shown again', () => {
    const flush = jest.fn();
    nextFrame(flush);
    jest.advanceTimersByTime(249);
    expect(flush).not.toHaveBeenCalled();
    jest.advanceTimersByTime(1);
    expect(flush).toHaveBeenCalledTimes(1);
    frames.paint();
    expect(flush).toHaveBeenCalledTimes(1);
  });

  it('keeps a store current that was hidden between a message and its frame', () => {
    const store = new LiveStore(nextFrame);
    for (const value of [1, 2]) {
      store.push({ tileId: 't', resumeToken: `r${value}`, error: null, event: null });
      jest.advanceTimersByTime(250);
      expect(store.getState().resumeToken).toBe(`r${value}`);
    }
  });
});
