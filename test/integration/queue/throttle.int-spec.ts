import { Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/load-config.js';
import type { MinuteUsage, UsageRepository } from '../../../src/ledger/usage.repository.js';
import type { ChannelLimits } from '../../../src/channels/channel-limits.js';
import { EngineRedis } from '../../../src/queue/redis.provider.js';
import { SharedBreaker } from '../../../src/queue/shared-breaker.js';
import type { ThrottledChannel } from '../../../src/queue/channel-terms.js';
import { Throttle } from '../../../src/queue/throttle.js';
import { testRedis } from '../../support/database.js';
import { mostIn, VirtualChannel } from './virtual-channel.js';

/** What Postgres would say was spent; the statement itself is tested with the ledger. */
class SpentUsage {
  spent: MinuteUsage[] = [];
  since(): Promise<MinuteUsage[]> {
    return Promise.resolve(this.spent);
  }
}

describe('the throttle', () => {
  const usage = new SpentUsage();
  let engineRedis: EngineRedis;
  let throttle: Throttle;
  let breaker: SharedBreaker;
  let redis: Redis;

  beforeAll(async () => {
    const { url, prefix } = testRedis();
    const config = loadConfig({
      REDIS_URL: url,
      CAUDAL_REDIS_PREFIX: prefix,
      CAUDAL_BREAKER_FAILURES: '3',
      CAUDAL_BREAKER_OPEN_MS: '300',
    });
    engineRedis = new EngineRedis(config);
    await engineRedis.ready();
    throttle = new Throttle(engineRedis, config, usage as unknown as UsageRepository);
    breaker = new SharedBreaker(engineRedis, config, throttle);
    redis = new Redis(url);
  });

  afterAll(() => {
    engineRedis.onApplicationShutdown();
    redis.disconnect();
  });

  const channelWith = (limits: ChannelLimits, version = 1): ThrottledChannel => ({
    id: randomUUID(),
    limits,
    pacing: { mode: 'max' },
    version,
  });

  /** A channel that Redis did not know begins with its last second counted as spent: waits for that to pass. */
  const grantOnce = async (channel: ThrottledChannel, wanted: number): Promise<void> => {
    await expect
      .poll(() => throttle.grant(channel, wanted), { timeout: 3000 })
      .toMatchObject({ kind: 'granted', count: wanted });
  };

  const liveThrough = (limits: ChannelLimits, durationMs: number): Promise<number[]> =>
    VirtualChannel.with(redis, limits).greedily(durationMs);

  it('exceeds no limit in any sliding window in two hours of greedy callers, and uses 95 % of it', async () => {
    const instants = await liveThrough({ perSecond: 10, perMinute: 600, perHour: 36_000 }, 7_200_000);
    expect(mostIn(instants, 1000)).toBeLessThanOrEqual(10);
    expect(mostIn(instants, 60_000)).toBeLessThanOrEqual(600);
    expect(mostIn(instants, 3_600_000)).toBeLessThanOrEqual(36_000);
    expect(instants.length / 7200).toBeGreaterThan(9.5);
  });

  it('keeps unequal windows exactly, each by itself', async () => {
    const instants = await liveThrough({ perSecond: 20, perMinute: 100, perHour: 1000 }, 3 * 3_600_000);
    expect(mostIn(instants, 1030)).toBeLessThanOrEqual(20);
    expect(mostIn(instants, 60_030)).toBeLessThanOrEqual(100);
    expect(mostIn(instants, 3_600_030)).toBeLessThanOrEqual(1000);
    expect(instants.length).toBeGreaterThanOrEqual(2900);
  });

  it('keeps long windows where calls begin up to a second late, for nothing else spaces them', async () => {
    const instants = await liveThrough({ perMinute: 100, perHour: 2000 }, 2 * 3_600_000);
    const begun = instants.map((instant) => instant + Math.random() * 1000);
    expect(mostIn(begun, 60_000)).toBeLessThanOrEqual(100);
    expect(mostIn(begun, 3_600_000)).toBeLessThanOrEqual(2000);
    expect(instants.length).toBeGreaterThan(3900);
    const channel = channelWith({ perMinute: 100 });
    await expect
      .poll(() => throttle.grant(channel, 5), { timeout: 3000 })
      .toMatchObject({ kind: 'granted', toleranceMs: expect.toSatisfy((ms: number) => ms > 900) });
  });

  it('shares one limit among many callers at once', async () => {
    const channel = channelWith({ perSecond: 200 });
    const untilMs = performance.now() + 2500;
    const instants: number[] = [];
    const caller = async (): Promise<void> => {
      while (performance.now() < untilMs) {
        const grant = await throttle.grant(channel, 7);
        if (grant.kind === 'granted') instants.push(...grant.instantsMs!);
        else await new Promise((resolve) => setTimeout(resolve, Math.max(1, grant.waitMs)));
      }
    };
    await Promise.all(Array.from({ length: 8 }, caller));
    // The two clocks are read a round trip apart; instants are never early by more than that.
    expect(mostIn(instants, 995)).toBeLessThanOrEqual(200);
    expect(instants.length).toBeGreaterThan(200);
  });

  it('lets a channel without limits send at once', async () => {
    expect(await throttle.grant(channelWith({}), 200)).toMatchObject({
      kind: 'granted',
      count: 200,
      instantsMs: null,
    });
  });

  it('gives nothing for free after Redis was wiped', async () => {
    const channel = channelWith({ perMinute: 50, perHour: 60 });
    usage.spent = [];
    await grantOnce(channel, 40);
    usage.spent = [{ minuteMs: Math.floor(Date.now() / 60_000) * 60_000, sends: 40 }];
    await redis.del(throttle.keyOf(channel.id));
    await expect
      .poll(() => throttle.grant(channel, 40), { timeout: 3000 })
      .toMatchObject({ kind: 'wait', why: 'window:m' });
    const after = await throttle.grant(channel, 40);
    expect(after.kind === 'wait' && after.waitMs).toBeGreaterThan(55_000);
    expect((await throttle.budget(channel)).left).toEqual({ perMinute: 0, perHour: 20 });
    usage.spent = [];
  });

  it('says what is left of an idle channel as its windows are now, not as its last grant left them', async () => {
    const channel = channelWith({ perMinute: 50, perHour: 60 });
    await grantOnce(channel, 40);
    expect((await throttle.budget(channel)).left).toEqual({ perMinute: 10, perHour: 20 });
    // As the hash of a channel is that sent the same two minutes ago.
    const key = throttle.keyOf(channel.id);
    const slice = Number(await redis.hget(key, 'm:last'));
    const count = (await redis.hget(key, `m:${slice}`))!;
    const earlier = slice - 120;
    await redis.hdel(key, `m:${slice}`);
    await redis.hset(key, { 'm:last': earlier, 'm:tail': earlier, [`m:${earlier}`]: count, 'm:sum': count });
    expect((await throttle.budget(channel)).left).toEqual({ perMinute: 50, perHour: 20 });
    // Asking changes nothing: the next grant finds the slice where it was.
    expect(await redis.hget(key, 'm:sum')).toBe(count);
  });

  it('counts the last second as spent after a wipe', async () => {
    const channel = channelWith({ perSecond: 10 });
    const grant = await throttle.grant(channel, 1);
    expect(grant).toMatchObject({ kind: 'wait', why: 'rate' });
  });

  it('takes new limits from the higher version and keeps them from a caller that has not heard', async () => {
    const old = channelWith({ perMinute: 5 });
    await grantOnce(old, 5);
    const raised = { ...old, limits: { perMinute: 8 }, version: 2 };
    expect(await throttle.grant(raised, 50)).toMatchObject({ kind: 'granted', count: 3 });
    expect(await throttle.grant(old, 50)).toMatchObject({ kind: 'wait' });
  });

  it('opens for all after failures in a row, lets one probe through, and closes on its healthy answer', async () => {
    const channel = channelWith({});
    await throttle.grant(channel, 1);
    await breaker.report(channel.id, false, false);
    await breaker.report(channel.id, false, false);
    await breaker.report(channel.id, true, false);
    expect(await breaker.report(channel.id, false, false)).toBe('closed');
    await breaker.report(channel.id, false, false);
    expect(await breaker.report(channel.id, false, false)).toBe('open');
    expect(await throttle.grant(channel, 5)).toMatchObject({ kind: 'wait', why: 'breaker' });
    // A success of a call from before the outage proves nothing.
    expect(await breaker.report(channel.id, true, false)).toBe('open');
    await expect.poll(() => breaker.state(channel.id)).toBe('half-open');
    const grants = await Promise.all(Array.from({ length: 5 }, () => throttle.grant(channel, 50)));
    const probes = grants.filter((grant) => grant.kind === 'granted');
    expect(probes).toEqual([expect.objectContaining({ count: 1, isProbe: true })]);
    expect(await breaker.report(channel.id, true, true)).toBe('closed');
    // It climbs from here, so the first grant is not for all of them.
    expect(await throttle.grant(channel, 5)).toMatchObject({ kind: 'granted', isProbe: false });
  });

  it('opens again when the probe fails', async () => {
    const channel = channelWith({});
    await throttle.grant(channel, 1);
    for (let failures = 0; failures < 3; failures += 1) await breaker.report(channel.id, false, false);
    await expect.poll(() => breaker.state(channel.id)).toBe('half-open');
    expect(await throttle.grant(channel, 1)).toMatchObject({ kind: 'granted', isProbe: true });
    expect(await breaker.report(channel.id, false, true)).toBe('open');
    expect(await throttle.grant(channel, 1)).toMatchObject({ kind: 'wait', why: 'breaker' });
  });
});
