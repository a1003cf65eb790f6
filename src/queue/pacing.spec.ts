import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChannelPacing } from '../channels/channel.js';
import { countedWindows, intervalMs } from './channel-limits.js';
import {
  evenDelayMs,
  longRunPerSecond,
  pacedFromMs,
  pacedMs,
  pacingProfile,
  slowedPerSecond,
  spacingMs,
  type PacingProfile,
} from './pacing.js';

const PROGRESSIVE: ChannelPacing = {
  mode: 'progressive',
  baseDelayMs: 2000,
  stepMs: 500,
  stepEvery: 10,
  maxDelayMs: 5000,
};

const profiles: fc.Arbitrary<PacingProfile> = fc
  .record({
    baseMs: fc.integer({ min: 0, max: 10_000 }),
    stepMs: fc.integer({ min: 0, max: 2000 }),
    stepEvery: fc.integer({ min: 1, max: 40 }),
    aboveMs: fc.integer({ min: 0, max: 20_000 }),
    jitter: fc.double({ min: 0, max: 1, noNaN: true }),
    pauseEvery: fc.integer({ min: 0, max: 30 }),
    pauseMs: fc.integer({ min: 0, max: 60_000 }),
  })
  .map(({ aboveMs, ...profile }) => ({ ...profile, mostMs: profile.baseMs + aboveMs, restMs: 600_000 }));

const positions = fc.nat(2000);
const chances = fc.double({ min: 0, max: 1, noNaN: true });

describe('the pacing', () => {
  it('is 2.0 s for messages 1–10, 2.5 s for 11–20, and so on up to 5 s', () => {
    const profile = pacingProfile({ perSecond: 80 }, PROGRESSIVE);
    const delays = Array.from({ length: 100 }, (_, position) => spacingMs(profile, 0, position, 0.5));
    const steps = Array.from({ length: 10 }, (_, step) => delays.slice(step * 10, step * 10 + 10));
    expect(steps.map((step) => new Set(step))).toEqual(
      [2000, 2500, 3000, 3500, 4000, 4500, 5000, 5000, 5000, 5000].map((delay) => new Set([delay])),
    );
  });

  it('never undercuts what the limits ask for, whatever the chance', () => {
    fc.assert(
      fc.property(profiles, fc.nat(5000), positions, chances, (profile, floorMs, position, chance) => {
        expect(spacingMs(profile, floorMs, position, chance)).toBeGreaterThanOrEqual(floorMs);
      }),
    );
  });

  it('varies by the jitter and no more, around what it is without', () => {
    fc.assert(
      fc.property(profiles, positions, chances, (profile, position, chance) => {
        const plain = spacingMs({ ...profile, jitter: 0 }, 0, position, chance);
        const varied = spacingMs(profile, 0, position, chance);
        expect(Math.abs(varied - plain)).toBeLessThanOrEqual(plain * profile.jitter + 1e-6);
      }),
    );
  });

  it('never falls as the position grows, but for the pauses', () => {
    fc.assert(
      fc.property(profiles, positions, (profile, position) => {
        const steady = { ...profile, pauseEvery: 0 };
        const [here, next] = [position, position + 1].map((at) => spacingMs(steady, 0, at, 0.5));
        expect(next).toBeGreaterThanOrEqual(here!);
        expect(here).toBeLessThanOrEqual(profile.mostMs);
      }),
    );
  });

  it('lasts as long as its delays add up to', () => {
    fc.assert(
      fc.property(profiles, fc.nat(500), (profile, messages) => {
        const plain = { ...profile, jitter: 0 };
        let sum = 0;
        for (let position = 0; position < messages; position += 1) sum += spacingMs(plain, 0, position, 0.5);
        const hasPauseAtEnd = profile.pauseEvery > 0 && messages > 0 && messages % profile.pauseEvery === 0;
        expect(pacedMs(plain, messages)).toBeCloseTo(sum - (hasPauseAtEnd ? profile.pauseMs : 0), 3);
      }),
    );
  });

  it('has a rate in the long run, with its longest delay and its pauses', () => {
    expect(longRunPerSecond({ perSecond: 80 }, PROGRESSIVE)).toBe(0.2);
    expect(longRunPerSecond({ perSecond: 80 }, { mode: 'max' })).toBe(80);
    const pausing: ChannelPacing = { mode: 'fixed', intervalMs: 1000, pauseEvery: 60, pauseMs: 60_000 };
    expect(longRunPerSecond({}, pausing)).toBe(0.5);
    expect(longRunPerSecond({}, { mode: 'even' })).toBe(Infinity);
  });

  it('spreads an even one so that no counted window is ever full', () => {
    const limit = fc.option(fc.integer({ min: 1, max: 100_000 }), { nil: undefined });
    const limits = fc.record({ perSecond: limit, perMinute: limit, perHour: limit, perDay: limit });
    fc.assert(
      fc.property(limits, (some) => {
        const { baseMs } = pacingProfile(some, { mode: 'even' });
        expect(baseMs).toBeGreaterThanOrEqual(intervalMs(some));
        for (const window of countedWindows(some)) {
          const before = Math.ceil((window.windowMs + window.sliceMs + 30) / baseMs - 1e-9) - 1;
          expect(before).toBeLessThan(window.limit);
        }
      }),
    );
  });

  it('takes as long from any message on, and with any least delay, as its delays add up to', () => {
    fc.assert(
      fc.property(profiles, fc.nat(8000), fc.nat(200), fc.nat(300), (profile, floorMs, sent, messages) => {
        const plain = { ...profile, jitter: 0, pauseEvery: 0 };
        let sum = 0;
        for (let position = sent; position < sent + messages; position += 1)
          sum += spacingMs(plain, floorMs, position, 0.5);
        expect(pacedFromMs(plain, floorMs, sent, messages)).toBeCloseTo(sum, 3);
      }),
    );
  });

  it('is spread over several channels as they are together', () => {
    const [one, two] = [{ perMinute: 60 }, { perMinute: 120 }].map((limits) => evenDelayMs([limits]));
    expect(1 / evenDelayMs([{ perMinute: 60 }, { perMinute: 120 }])).toBeCloseTo(1 / one! + 1 / two!, 9);
    expect(evenDelayMs([{ perMinute: 60 }, {}])).toBe(0);
    expect(evenDelayMs([])).toBe(0);
  });

  it('has a share of its rate where it is slowed, within windows that stay as they are', () => {
    expect(slowedPerSecond({ perSecond: 80 }, { mode: 'max' }, 0.5, 0)).toBe(40);
    expect(slowedPerSecond({ perSecond: 80, perMinute: 600 }, { mode: 'max' }, 0.5, 0)).toBe(10);
    expect(slowedPerSecond({ perSecond: 80 }, PROGRESSIVE, 0.25, 0)).toBe(0.05);
    expect(slowedPerSecond({}, { mode: 'max' }, 0.5, 4)).toBe(125);
  });
});
