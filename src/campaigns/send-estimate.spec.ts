import { describe, expect, it } from 'vitest';
import type { ChannelPacing } from '../channels/channel.js';
import type { ChannelLimits } from '../channels/channel-limits.js';
import { estimateMs } from './send-estimate.js';

const MAX: ChannelPacing = { mode: 'max' };
const PROGRESSIVE: ChannelPacing = {
  mode: 'progressive',
  baseDelayMs: 2000,
  stepMs: 500,
  stepEvery: 10,
  maxDelayMs: 5000,
};

const channel = (limits: ChannelLimits, pacing: ChannelPacing = MAX, weight = 1) => ({
  limits,
  pacing,
  weight,
});

describe('the estimated time of a campaign', () => {
  it('follows the limit of its channel', () => {
    expect(estimateMs([channel({ perSecond: 10 })], 1001, null)).toBe(100_000);
    expect(estimateMs([channel({ perDay: 1000 })], 2500, null)).toBe(2 * 86_400_000);
  });

  it('follows the pacing of its channel, message by message', () => {
    const progressive = [channel({ perSecond: 80 }, PROGRESSIVE)];
    expect(estimateMs(progressive, 10, null)).toBe(20_000);
    expect(estimateMs(progressive, 20, null)).toBe(45_000);
    // 20 + 25 + 30 + 35 + 40 + 45 s for the first sixty, then 5 s each.
    expect(estimateMs(progressive, 100, null)).toBe(395_000);
    expect(estimateMs([channel({}, { mode: 'fixed', intervalMs: 1500 })], 100, null)).toBe(150_000);
  });

  it('counts the pauses between messages', () => {
    const pausing: ChannelPacing = { mode: 'fixed', intervalMs: 1000, pauseEvery: 50, pauseMs: 60_000 };
    expect(estimateMs([channel({}, pausing)], 100, null)).toBe(160_000);
    expect(estimateMs([channel({}, pausing)], 101, null)).toBe(221_000);
  });

  it('is that of the slowest channel with its share', () => {
    const slow = channel({ perSecond: 1 }, MAX, 1);
    const fast = channel({ perSecond: 80 }, MAX, 9);
    expect(estimateMs([slow, fast], 1000, null)).toBe(99_000);
  });

  it('is no less than its own rate allows', () => {
    expect(estimateMs([channel({ perSecond: 80 })], 1001, 10)).toBe(100_000);
    expect(estimateMs([channel({ perSecond: 5 })], 1001, 10)).toBe(200_000);
  });

  it('is nothing without limits or without messages', () => {
    expect(estimateMs([channel({})], 1000, null)).toBe(0);
    expect(estimateMs([channel({ perSecond: 1 }, PROGRESSIVE)], 0, null)).toBe(0);
  });

  it('follows its own pacing over all its channels, from the message on at which it is', () => {
    const channels = [channel({ perSecond: 80 }), channel({})];
    expect(estimateMs(channels, 10, null, { pacing: PROGRESSIVE, sent: 0 })).toBe(20_000);
    expect(estimateMs(channels, 100, null, { pacing: PROGRESSIVE, sent: 0 })).toBe(395_000);
    expect(estimateMs(channels, 90, null, { pacing: PROGRESSIVE, sent: 10 })).toBe(375_000);
    expect(estimateMs(channels, 0, null, { pacing: PROGRESSIVE, sent: 100 })).toBe(0);
  });

  it('takes the slower of rate and pacing for each message', () => {
    // The table has less than 4 s for the first forty.
    expect(estimateMs([channel({})], 100, 0.25, { pacing: PROGRESSIVE, sent: 0 })).toBe(
      40 * 4000 + 10 * 4000 + 10 * 4500 + 40 * 5000,
    );
  });

  it('spreads an even one over its channels together', () => {
    const channels = [channel({ perSecond: 10 }), channel({ perSecond: 10 })];
    expect(estimateMs(channels, 1000, null, { pacing: { mode: 'even' }, sent: 0 })).toBe(51_500);
  });
});
