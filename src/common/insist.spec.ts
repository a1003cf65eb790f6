import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { insist } from './insist.js';

describe('insist', () => {
  let triedAtMs: number[];
  let startMs: number;

  beforeEach(() => {
    vi.useFakeTimers();
    triedAtMs = [];
    startMs = performance.now();
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  function failing(times: number): () => Promise<string> {
    return () => {
      triedAtMs.push(performance.now() - startMs);
      return triedAtMs.length <= times
        ? Promise.reject(new Error(`no ${triedAtMs.length}`))
        : Promise.resolve('done');
    };
  }

  it('waits twice as long each time, up to the longest wait', async () => {
    const done = insist({ firstWaitMs: 50, longestWaitMs: 150, forMs: 10_000 }, failing(4));
    await vi.runAllTimersAsync();
    expect(await done).toBe('done');
    expect(triedAtMs).toEqual([0, 50, 150, 300, 450]);
  });

  it('gives up with the last failure when the next try would come too late', async () => {
    const done = insist({ firstWaitMs: 100, forMs: 350 }, failing(Infinity)).catch((error: Error) => error);
    await vi.runAllTimersAsync();
    expect(await done).toEqual(new Error('no 3'));
    expect(triedAtMs).toEqual([0, 100, 300]);
  });
});
