import { describe, expect, it } from 'vitest';
import { readPacing } from './channel-pacing.js';

describe('the pacing of a channel', () => {
  it.each([
    { mode: 'max' },
    { mode: 'max', pauseEvery: 50, pauseMs: 60_000 },
    { mode: 'even', jitter: 0.2 },
    { mode: 'fixed', intervalMs: 1500 },
    { mode: 'progressive', baseDelayMs: 1000, stepMs: 0, stepEvery: 1, maxDelayMs: 1000, jitter: 1 },
  ])('may be %j', (pacing) => {
    expect(readPacing(pacing)).toEqual(pacing);
  });

  it('is 2.0 s, 2.5 s, … 5 s when a progressive one says no more', () => {
    expect(readPacing({ mode: 'progressive', maxDelayMs: 8000 })).toEqual({
      mode: 'progressive',
      baseDelayMs: 2000,
      stepMs: 500,
      stepEvery: 10,
      maxDelayMs: 8000,
    });
  });

  it.each([
    [{ mode: 'fast' }, /pacing.mode is "fast"; it must be one of max, even, fixed, progressive/],
    [{}, /pacing.mode is missing/],
    [{ mode: 'max', intervalMs: 5 }, /pacing.intervalMs has no meaning with the mode "max"/],
    [{ mode: 'max', jitter: 0.1 }, /pacing.jitter has no meaning/],
    [{ mode: 'fixed' }, /pacing.intervalMs is missing/],
    [{ mode: 'fixed', intervalMs: '5' }, /pacing.intervalMs is "5"; it must be a whole number from 1/],
    [{ mode: 'fixed', intervalMs: 0 }, /pacing.intervalMs is 0/],
    [{ mode: 'even', jitter: 1.5 }, /pacing.jitter is 1.5; it must be a number from 0 to 1/],
    [{ mode: 'progressive', baseDelayMs: 6000 }, /pacing.maxDelayMs 5000 must not be less/],
    [{ mode: 'even', pauseEvery: 10 }, /pacing.pauseMs is missing; pauseEvery and pauseMs go together/],
    [{ mode: 'even', pauseMs: 10 }, /pacing.pauseEvery is missing/],
  ])('cannot be %j', (pacing, message) => {
    expect(() => readPacing(pacing)).toThrow(message);
  });
});
