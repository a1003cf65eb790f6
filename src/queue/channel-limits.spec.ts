import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  countedWindows,
  durationMs,
  intervalMs,
  WINDOW_MARGIN_MS,
  sustainedPerSecond,
} from './channel-limits.js';

describe('channel limits', () => {
  it('spaces calls so that no window of a second, lateness included, holds more than the limit', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2000 }), (perSecond) => {
        const interval = intervalMs({ perSecond });
        // A half-open window of 1,000 ms plus the lateness that a call may have and gain on its way.
        expect(Math.ceil((1000 + WINDOW_MARGIN_MS) / interval - 1e-9)).toBeLessThanOrEqual(perSecond);
      }),
    );
  });

  it('gives up no more than 3 % of a limit a second for exactness', () => {
    expect(1000 / intervalMs({ perSecond: 80 })).toBeGreaterThan(80 * 0.97);
  });

  it('counts the long windows in 60 slices and leaves out those without a limit', () => {
    expect(countedWindows({ perSecond: 5 })).toEqual([]);
    expect(countedWindows({ perMinute: 600, perDay: 1000 })).toEqual([
      { field: 'm', limit: 600, windowMs: 60_000, sliceMs: 1000 },
      { field: 'd', limit: 1000, windowMs: 86_400_000, sliceMs: 1_440_000 },
    ]);
  });

  it('takes the tightest limit as the sustained rate', () => {
    expect(sustainedPerSecond({})).toBe(Infinity);
    expect(sustainedPerSecond({ perSecond: 80, perDay: 86_400 })).toBe(1);
  });

  it('estimates a duration from the limit that takes longest', () => {
    expect(durationMs({}, 1_000_000)).toBe(0);
    expect(durationMs({ perSecond: 10 }, 1)).toBe(0);
    expect(durationMs({ perSecond: 10 }, 1001)).toBe(100_000);
    expect(durationMs({ perSecond: 100, perMinute: 60 }, 121)).toBe(120_000);
  });
});
