import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ChannelPacing } from '../../../src/channels/channel.js';
import type { ChannelLimits } from '../../../src/channels/channel-limits.js';
import { REPORT_SCRIPT } from '../../../src/queue/breaker.script.js';
import { testRedis } from '../../support/database.js';
import { mostIn, VirtualChannel } from './virtual-channel.js';

const HOUR_MS = 3_600_000;
const HALF_A_MINUTE_MS = 30_000;
const ASKED_EACH_MS = 50;

describe('a channel whose Redis has its clock set', () => {
  let redis: Redis;

  beforeAll(() => {
    redis = new Redis(testRedis().url);
  });
  afterAll(() => redis.disconnect());

  const channelWith = (limits: ChannelLimits, pacing?: ChannelPacing): VirtualChannel =>
    VirtualChannel.with(redis, limits, pacing);

  /** The breaker opens for five seconds. */
  const failTenTimes = (channel: VirtualChannel) =>
    redis.eval(REPORT_SCRIPT, 1, channel.key, 10, 0, 10, 5000, 0, channel.nowMs);

  /** What was given out before and after a jump, by a clock that did not jump. */
  const liveThrough = async (channel: VirtualChannel, jumpMs: number, request = {}): Promise<number[]> => {
    const instants: number[] = [];
    for (let passedMs = 0; passedMs < 2 * HALF_A_MINUTE_MS; passedMs += ASKED_EACH_MS) {
      const movedMs = passedMs < HALF_A_MINUTE_MS ? 0 : jumpMs;
      if (passedMs === HALF_A_MINUTE_MS) channel.nowMs += jumpMs;
      // What was granted last is what a worker knows Redis' clock by.
      const answer = await channel.ask({ ...request, expectedMs: channel.nowMs - movedMs });
      if ('instantsMs' in answer) instants.push(...answer.instantsMs.map((instant) => instant - movedMs));
      channel.nowMs += ASKED_EACH_MS;
    }
    return instants;
  };

  describe.each([
    ['back one hour', -HOUR_MS],
    ['forward one hour', HOUR_MS],
  ])('%s', (_, jumpMs) => {
    it('keeps its rate, and goes on', async () => {
      const instants = await liveThrough(channelWith({ perSecond: 20 }), jumpMs);
      expect(mostIn(instants, 1000)).toBeLessThanOrEqual(20);
      expect(instants.length).toBeGreaterThan(1100);
    });

    it('keeps its windows, and what is left of them', async () => {
      const instants = await liveThrough(channelWith({ perSecond: 10, perHour: 400 }), jumpMs);
      expect(instants.length).toBe(400);
      const spent = await liveThrough(channelWith({ perSecond: 10, perMinute: 100 }), jumpMs);
      expect(spent.length).toBe(100);
    });

    it('keeps pacing and pauses', async () => {
      const pacing = {
        mode: 'progressive',
        baseDelayMs: 2000,
        stepMs: 0,
        stepEvery: 10,
        maxDelayMs: 2000,
      } as const;
      const instants = await liveThrough(channelWith({}, pacing), jumpMs);
      const gaps = instants.slice(1).map((instant, index) => instant - instants[index]!);
      expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1999);
      expect(Math.max(...gaps)).toBeLessThanOrEqual(3000);
    });

    it('keeps the rate of a dispatch', async () => {
      const channel = channelWith({ perSecond: 100 });
      const request = { dispatch: `${channel.key}:rate`, rate: [1, 10] } as const;
      const instants = await liveThrough(channel, jumpMs, request);
      expect(mostIn(instants, 1000)).toBeLessThanOrEqual(10);
      expect(instants.length).toBeGreaterThan(550);
    });
  });

  it('back: an open breaker and a hold last as long as they had to', async () => {
    const channel = channelWith({});
    await channel.ask({ wanted: 1 });
    await failTenTimes(channel);
    channel.nowMs -= HOUR_MS;
    expect(await channel.ask()).toMatchObject({ why: 'breaker', waitMs: 5000 });
    await redis.hdel(channel.key, 'open');
    await redis.hset(channel.key, 'held', channel.nowMs + 8000, 'heldCode', 'c');
    channel.nowMs -= HOUR_MS;
    expect(await channel.ask()).toMatchObject({ why: 'held:c', waitMs: 8000 });
  });

  it('back: a breaker that opens behind the jump is open for its time, although nobody asked between', async () => {
    const channel = channelWith({});
    await channel.ask({ wanted: 1 });
    channel.nowMs -= HOUR_MS;
    await failTenTimes(channel);
    expect(await channel.ask()).toMatchObject({ why: 'breaker', waitMs: 5000 });
  });

  it('back: rivals of that hour are not waited for', async () => {
    const channel = channelWith({ perSecond: 10 });
    const sharer = (id: string) => ({ wanted: 1, sharer: { id, weight: 1, hasMore: true } });
    await channel.ask(sharer('gone'));
    await channel.ask(sharer('here'));
    channel.nowMs -= HOUR_MS;
    await channel.ask(sharer('here'));
    expect(await redis.hkeys(`${channel.key}:share`)).not.toContain('gone');
  });

  it('keeps places for calls that are out', async () => {
    const channel = channelWith({ maxInFlight: 3 });
    await channel.ask({ wanted: 3 });
    const expectedMs = channel.nowMs;
    channel.nowMs += HOUR_MS;
    expect(await channel.ask({ wanted: 1, expectedMs })).toMatchObject({ why: 'inflight' });
    channel.nowMs -= 2 * HOUR_MS;
    expect(await channel.ask({ wanted: 1 })).toMatchObject({ why: 'inflight' });
    channel.nowMs += 60_000;
    expect(await channel.ask({ wanted: 1 })).toHaveProperty('instantsMs');
  });

  it('is moved once, however many workers notice', async () => {
    const channel = channelWith({ perSecond: 1 });
    const before = await channel.ask({ wanted: 1 });
    const expectedMs = channel.nowMs;
    channel.nowMs += HOUR_MS;
    const first = await channel.ask({ wanted: 1, expectedMs });
    const second = await channel.ask({ wanted: 1, expectedMs: expectedMs + 3 });
    expect([before, first, second].every((answer) => 'instantsMs' in answer || answer.waitMs < 3000)).toBe(
      true,
    );
  });
});
