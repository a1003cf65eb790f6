import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openings } from '../../../src/campaigns/windows/opening.js';
import type { OpeningRule } from '../../../src/campaigns/windows/send-window.js';
import { windowedFinishMs } from '../../../src/campaigns/windows/window-forecast.js';
import type { ChannelPacing } from '../../../src/channels/channel.js';
import type { ChannelLimits } from '../../../src/channels/channel-limits.js';
import { testRedis } from '../../support/database.js';
import { VirtualChannel } from '../queue/virtual-channel.js';

const MAX: ChannelPacing = { mode: 'max' };
const RAMP: ChannelPacing = {
  mode: 'progressive',
  baseDelayMs: 2000,
  stepMs: 500,
  stepEvery: 10,
  maxDelayMs: 5000,
};
/** Over the change of the clock on 28 March 2027. */
const RULE: OpeningRule = {
  window: [
    { days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '09:00', to: '11:00', zone: 'workspace' },
    { days: null, from: '22:30', to: '00:30', zone: 'workspace' },
  ],
  timezone: 'Europe/Madrid',
  holidays: [{ date: '2027-03-26', name: 'Viernes Santo', country: null }],
  quietHours: { from: '00:00', to: '06:00', zone: 'workspace' },
};
const START_MS = Date.parse('2027-03-24T10:30:00+01:00');

describe('the end that is said of a campaign with hours', () => {
  let redis: Redis;

  beforeAll(() => {
    redis = new Redis(testRedis().url);
  });

  afterAll(() => redis.disconnect());

  /** What the limiter gives out while it is open, asked by one who takes all that it may. */
  async function lastSent(limits: ChannelLimits, pacing: ChannelPacing, messages: number): Promise<number> {
    const channel = VirtualChannel.with(redis, limits, pacing);
    let left = messages;
    for (const { opensMs, closesMs } of openings(RULE, null, START_MS)) {
      channel.nowMs = opensMs;
      while (channel.nowMs < closesMs) {
        const answer = await channel.ask({ wanted: Math.min(200, left) });
        if ('waitMs' in answer) {
          channel.nowMs += Math.max(1, answer.waitMs);
          continue;
        }
        const inTime = answer.instantsMs.filter((ms) => ms < closesMs);
        left -= inTime.length;
        if (left === 0) return inTime.at(-1)!;
      }
    }
    throw new Error('there was no opening any more');
  }

  it.each<[string, ChannelLimits, ChannelPacing, number]>([
    ['a limit of a minute', { perMinute: 12 }, MAX, 2000],
    ['a limit of an hour', { perHour: 100 }, MAX, 700],
    ['limits of a day, an hour and a second', { perDay: 250, perHour: 90, perSecond: 5 }, MAX, 600],
    ['a ramp that begins anew at each opening', { perSecond: 80 }, RAMP, 400],
    ['even pacing', { perHour: 200 }, { mode: 'even' }, 300],
    ['pauses', {}, { mode: 'fixed', intervalMs: 8000, pauseEvery: 40, pauseMs: 300_000 }, 400],
  ])('is right within 5 % under %s', async (_, limits, pacing, messages) => {
    const endMs = await lastSent(limits, pacing, messages);
    const saidMs = windowedFinishMs({
      rule: RULE,
      pieces: [{ zone: null, messages }],
      startMs: START_MS,
      channels: [{ limits, pacing, weight: 1 }],
      ratePerSecond: null,
      pacing: null,
      sent: 0,
    })!;
    const error = (saidMs - endMs) / (endMs - START_MS);
    expect(
      Math.abs(error),
      `${new Date(saidMs).toISOString()} for ${new Date(endMs).toISOString()}`,
    ).toBeLessThan(0.05);
  });
});
