import { Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ChannelPacing } from '../../../src/channels/channel.js';
import { loadConfig } from '../../../src/config/load-config.js';
import type { MinuteUsage, UsageRepository } from '../../../src/ledger/usage.repository.js';
import { pacingProfile, spacingMs } from '../../../src/queue/pacing.js';
import { EngineRedis } from '../../../src/queue/redis.provider.js';
import type { ThrottledChannel } from '../../../src/queue/channel-terms.js';
import { Throttle } from '../../../src/queue/throttle.js';
import { testRedis } from '../../support/database.js';
import { mostIn, VirtualChannel } from './virtual-channel.js';

const PROGRESSIVE: ChannelPacing = {
  mode: 'progressive',
  baseDelayMs: 2000,
  stepMs: 500,
  stepEvery: 10,
  maxDelayMs: 5000,
};
const MINUTE_MS = 60_000;

describe('the pacing of the throttle', () => {
  let redis: Redis;

  beforeAll(() => {
    redis = new Redis(testRedis().url);
  });

  afterAll(() => redis.disconnect());

  const gapsOf = (instantsMs: readonly number[]): number[] =>
    instantsMs.slice(1).map((instant, index) => instant - instantsMs[index]!);

  it.each<[string, number | undefined, ChannelPacing]>([
    ['progressive', 80, PROGRESSIVE],
    ['progressive under a slower limit', 1, { ...PROGRESSIVE, baseDelayMs: 200, stepMs: 300 }],
    ['fixed', undefined, { mode: 'fixed', intervalMs: 70 }],
    ['fixed with pauses', 80, { mode: 'fixed', intervalMs: 300, pauseEvery: 7, pauseMs: 4000 }],
    ['progressive with pauses', 10, { ...PROGRESSIVE, stepEvery: 3, pauseEvery: 10, pauseMs: 60_000 }],
    ['max with pauses', 50, { mode: 'max', pauseEvery: 25, pauseMs: 3000 }],
  ])('gives the instants of the model: %s', async (_name, perSecond, pacing) => {
    const limits = perSecond === undefined ? {} : { perSecond };
    const instants = await VirtualChannel.with(redis, limits, pacing).greedily(6 * MINUTE_MS);
    const profile = pacingProfile(limits, pacing);
    const floorMs = perSecond === undefined ? 0 : 1030 / perSecond;
    expect(instants.length).toBeGreaterThan(30);
    gapsOf(instants).forEach((gap, position) => {
      // Where the caller asks later than the channel is free, the first instant waits for the caller.
      const modelMs = spacingMs(profile, floorMs, position, 0.5);
      expect(gap).toBeGreaterThan(modelMs - 0.01);
      expect(gap).toBeLessThan(modelMs + 15);
    });
  });

  it('keeps progressive within 2 % of its table over a hundred messages', async () => {
    const instants = await VirtualChannel.with(redis, {}, PROGRESSIVE).greedily(400_000);
    expect(instants[99]! - instants[0]!).toBeGreaterThan(390_000 - 1);
    expect(instants[99]! - instants[0]!).toBeLessThan(390_000 * 1.02);
  });

  it('varies delays by the jitter, around their mean, and never beyond the limit a second', async () => {
    const channel = VirtualChannel.with(
      redis,
      { perSecond: 10 },
      { mode: 'fixed', intervalMs: 150, jitter: 0.8 },
    );
    const instants: number[] = [];
    for (let i = 0; i < 400; i += 1)
      instants.push(...(await channel.greedily(500, { chance: Math.random() })));
    const gaps = gapsOf(instants);
    expect(Math.min(...gaps)).toBeGreaterThan(103 - 0.01);
    expect(Math.max(...gaps)).toBeLessThan(150 * 1.8 + 15);
    expect(new Set(gaps.map((gap) => Math.round(gap / 10))).size).toBeGreaterThan(8);
    expect(mostIn(instants, 1030 - 0.01)).toBeLessThanOrEqual(10);
  });

  it('spreads an even one over its windows without a gap', async () => {
    const limits = { perSecond: 10, perMinute: 60, perHour: 1200 };
    const instants = await VirtualChannel.with(redis, limits, { mode: 'even' }).greedily(2 * 60 * MINUTE_MS);
    const gaps = gapsOf(instants);
    expect(mostIn(instants, 60 * MINUTE_MS)).toBeLessThanOrEqual(1200);
    expect(Math.max(...gaps) - Math.min(...gaps)).toBeLessThan(15);
    expect(instants.length).toBeGreaterThan(2400 * 0.97);
  });

  it('begins its ramp anew after a rest, and not before', async () => {
    const channel = VirtualChannel.with(redis, {}, PROGRESSIVE);
    await channel.greedily(120_000);
    channel.nowMs += 9 * MINUTE_MS;
    expect(gapsOf(await channel.greedily(30_000))[0]).toBeGreaterThan(3900);
    channel.nowMs += 11 * MINUTE_MS;
    expect(gapsOf(await channel.greedily(30_000))[0]).toBeLessThan(2020);
  });

  it('goes by a new pacing from the next grant on, also out of a long pause', async () => {
    const channel = VirtualChannel.with(redis, { perSecond: 10 }, { mode: 'fixed', intervalMs: 3_600_000 });
    const startMs = channel.nowMs;
    expect(await channel.ask()).toMatchObject({ instantsMs: [startMs + 12] });
    expect(await channel.ask()).toMatchObject({ why: 'rate' });
    channel.change({ perSecond: 10 }, { mode: 'fixed', intervalMs: 2000 });
    const instants = await channel.greedily(10_000);
    expect(instants[0]! - startMs).toBeLessThan(2100);
    expect(gapsOf(instants)[0]).toBeLessThan(2020);
  });

  describe('over a Redis that was wiped', () => {
    let engineRedis: EngineRedis;
    let throttle: Throttle;
    let spent: MinuteUsage[] = [];

    beforeAll(async () => {
      const { url, prefix } = testRedis();
      const config = loadConfig({ REDIS_URL: url, CAUDAL_REDIS_PREFIX: prefix });
      engineRedis = new EngineRedis(config);
      await engineRedis.ready();
      const usage = { since: () => Promise.resolve(spent) } as unknown as UsageRepository;
      throttle = new Throttle(engineRedis, config, usage);
    });

    afterAll(() => engineRedis.onApplicationShutdown());

    const minutesAgo = (ago: number): number => Math.floor(Date.now() / MINUTE_MS - ago) * MINUTE_MS;
    const channelWith = (over: Partial<ThrottledChannel>): ThrottledChannel => ({
      id: randomUUID(),
      limits: {},
      pacing: { mode: 'max' },
      version: 1,
      ...over,
    });

    it('waits the longest delay and goes on where it can have been', async () => {
      spent = [
        { minuteMs: minutesAgo(1), sends: 33 },
        { minuteMs: minutesAgo(0), sends: 12 },
      ];
      const channel = channelWith({ pacing: PROGRESSIVE });
      const answer = await throttle.grant(channel, 1);
      expect(answer.kind === 'wait' && answer.waitMs).toBeGreaterThan(4000);
      expect(await redis.hget(throttle.keyOf(channel.id), 'n')).toBe('45');
    });

    it('serves a pause that may have been under way', async () => {
      spent = [{ minuteMs: minutesAgo(0), sends: 3 }];
      const pacing: ChannelPacing = { mode: 'max', pauseEvery: 100, pauseMs: 10 * MINUTE_MS };
      const answer = await throttle.grant(channelWith({ pacing }), 1);
      expect(answer.kind === 'wait' && answer.waitMs).toBeGreaterThan(9.9 * MINUTE_MS);
    });

    it('counts what was spent before a window was limited, and forgets a window that is not', async () => {
      spent = [];
      const channel = channelWith({ limits: { perHour: 1000 } });
      await expect
        .poll(() => throttle.grant(channel, 1), { timeout: 3000 })
        .toMatchObject({ kind: 'granted' });
      spent = [{ minuteMs: minutesAgo(5), sends: 40 }];
      const limited = { ...channel, limits: { perDay: 42 }, version: 2 };
      expect(await throttle.grant(limited, 50)).toMatchObject({ kind: 'granted', count: 2 });
      expect((await throttle.budget(limited)).left).toEqual({ perDay: 0 });
      const fields = await redis.hkeys(throttle.keyOf(channel.id));
      expect(fields.filter((field) => field.startsWith('h:'))).toEqual([]);
    });
  });
});
