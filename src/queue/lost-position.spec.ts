import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChannelPacing } from '../channels/channel.js';
import { foundPlace, foundPosition } from './lost-position.js';
import { pacingProfile, spacingMs } from './pacing.js';

const PROGRESSIVE: ChannelPacing = {
  mode: 'progressive',
  baseDelayMs: 2000,
  stepMs: 500,
  stepEvery: 10,
  maxDelayMs: 5000,
};
const MINUTE_MS = 60_000;
const NOW_MS = 1_800_000_030_000;

describe('a position that was lost', () => {
  const profile = pacingProfile({}, PROGRESSIVE);
  const spent = (...minutesAgo: [ago: number, sends: number][]) =>
    minutesAgo.map(([ago, sends]) => ({
      minuteMs: Math.floor(NOW_MS / MINUTE_MS) * MINUTE_MS - ago * MINUTE_MS,
      sends,
    }));

  it('begins anew where nothing was sent, or not for longer than a rest', () => {
    expect(foundPosition(profile, [], NOW_MS)).toEqual({ position: 0, waitMs: 0 });
    expect(foundPosition(profile, spent([30, 500]), NOW_MS)).toEqual({ position: 0, waitMs: 0 });
  });

  it('counts all that was sent since the last rest, and the longest delay for the last of it', () => {
    const found = foundPosition(profile, spent([40, 9], [3, 20], [2, 10], [0, 5]), NOW_MS);
    expect(found).toEqual({ position: 35, waitMs: 5500 });
  });

  it('holds a whole pause, and counts to the next from there', () => {
    const pausing = pacingProfile({}, { ...PROGRESSIVE, pauseEvery: 20, pauseMs: 120_000 });
    const found = foundPosition(pausing, spent([1, 25]), NOW_MS);
    expect(found.position).toBe(40);
    expect(found.waitMs).toBe(120_000 + 5000 - 30_000 + 500);
  });

  it('is the top for a run that is older than what is known', () => {
    const slow = pacingProfile({}, { ...PROGRESSIVE, stepEvery: 1000 });
    const found = foundPosition(
      slow,
      spent(...Array.from({ length: 1441 }, (_, ago) => [ago, 2] as [number, number])),
      NOW_MS,
    );
    expect(found.position).toBe(6000);
  });

  it('is never lower than the true one, and never goes on sooner', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 60_000 }), { minLength: 1, maxLength: 300 }), (gaps) => {
        // A run of sends that ends now, each at its instant, counted at its barrier up to half a second before.
        let at = NOW_MS;
        const instants = gaps.map((gap) => (at -= gap));
        const byMinute = new Map<number, number>();
        for (const instant of instants) {
          const minuteMs = Math.floor((instant - 400) / MINUTE_MS) * MINUTE_MS;
          byMinute.set(minuteMs, (byMinute.get(minuteMs) ?? 0) + 1);
        }
        const usage = [...byMinute].map(([minuteMs, sends]) => ({ minuteMs, sends }));
        const found = foundPosition(profile, usage, NOW_MS);
        const delayOf = (position: number) => spacingMs(profile, 0, position, 0.5);
        expect(delayOf(found.position)).toBeGreaterThanOrEqual(delayOf(gaps.length));
        const dueMs = instants[0]! + delayOf(gaps.length - 1);
        expect(NOW_MS + found.waitMs).toBeGreaterThanOrEqual(dueMs);
      }),
    );
  });
});

describe('the place of a dispatch that was lost', () => {
  const profile = pacingProfile({}, PROGRESSIVE);

  it('is the beginning where nothing was begun', () => {
    expect(foundPlace(profile, 0, Infinity)).toEqual({ position: 0, waitMs: 0 });
  });

  it('is behind what was begun, and waits what is left of the longest delay', () => {
    expect(foundPlace(profile, 47, 800)).toEqual({ position: 47, waitMs: 4700 });
    expect(foundPlace(profile, 47, 60_000)).toEqual({ position: 47, waitMs: 0 });
  });

  it('serves the pause that may have been under way, and counts to the next from there', () => {
    const pausing = pacingProfile({}, { mode: 'max', pauseEvery: 20, pauseMs: 120_000 });
    expect(foundPlace(pausing, 45, 20_000)).toEqual({ position: 60, waitMs: 100_500 });
  });
});
