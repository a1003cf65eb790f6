import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { BellRinger } from './bell-ringer.js';
import { StreamBells } from './stream-bells.js';

describe('the bells of streams', () => {
  let rung: string[];
  let bells: StreamBells;

  beforeEach(() => {
    vi.useFakeTimers();
    rung = [];
    const ringer = {
      ring: (dispatchId: string, channelId: string): Promise<void> => {
        rung.push(`${dispatchId}/${channelId}`);
        return Promise.resolve();
      },
    };
    bells = new StreamBells(ringer as unknown as BellRinger);
  });

  afterEach(() => vi.useRealTimers());

  it('ring at once for the first commit, and together for those that follow', () => {
    for (let commits = 0; commits < 5; commits += 1) bells.ring('7', 'c');
    expect(rung).toEqual(['7/c']);
    vi.advanceTimersByTime(50);
    expect(rung).toEqual(['7/c', '7/c']);
    vi.advanceTimersByTime(1000);
    expect(rung).toHaveLength(2);
  });

  it('ring at once again behind a pause', () => {
    bells.ring('7', 'c');
    vi.advanceTimersByTime(50);
    bells.ring('7', 'c');
    expect(rung).toHaveLength(2);
  });

  it('do not wait for each other', () => {
    bells.ring('7', 'c');
    bells.ring('7', 'd');
    bells.ring('8', 'c');
    expect(rung).toEqual(['7/c', '7/d', '8/c']);
  });
});
