import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ChannelPacing } from '../../../src/channels/channel.js';
import type { ChannelLimits } from '../../../src/channels/channel-limits.js';
import { CLIMB_MS } from '../../../src/queue/adaptive.js';
import { RESTORE_SLOWDOWN_SCRIPT, THROTTLED_SCRIPT } from '../../../src/queue/adaptive.script.js';
import { REPORT_SCRIPT } from '../../../src/queue/breaker.script.js';
import { testRedis } from '../../support/database.js';
import { mostIn, VirtualChannel } from './virtual-channel.js';

interface Commands {
  throttledAt(key: string, holdMs: number, code: string, nowMs: number): Promise<string[]>;
  reportAt(key: string, ...args: number[]): Promise<string[]>;
  restoreAt(key: string, ...args: (string | number)[]): Promise<number>;
}

const SEED = Number(process.env['PROPERTY_SEED'] ?? Date.now() % 1_000_000);

describe('the adaptive rate', () => {
  let redis: Redis & Commands;

  beforeAll(() => {
    redis = new Redis(testRedis().url) as Redis & Commands;
    redis.defineCommand('throttledAt', { numberOfKeys: 1, lua: THROTTLED_SCRIPT });
    redis.defineCommand('reportAt', { numberOfKeys: 1, lua: REPORT_SCRIPT });
    redis.defineCommand('restoreAt', { numberOfKeys: 1, lua: RESTORE_SLOWDOWN_SCRIPT });
  });

  afterAll(() => redis.disconnect());

  const channelWith = (limits: ChannelLimits, pacing?: ChannelPacing): VirtualChannel =>
    VirtualChannel.with(redis, limits, pacing);

  /** A throttle reply at the channel's time; the share that it cut the channel to, or null where it cut nothing. */
  const throttled = async (channel: VirtualChannel, holdMs = 0, code = '130429'): Promise<number | null> => {
    const answer = await redis.throttledAt(channel.key, holdMs, code, channel.nowMs);
    return answer.length === 0 ? null : Number(answer[0]);
  };

  const gapsOf = (instantsMs: readonly number[]): number[] =>
    instantsMs.slice(1).map((instant, index) => instant - instantsMs[index]!);

  it('halves at most once a second, whoever heard of it', async () => {
    const channel = channelWith({ perSecond: 80 });
    await channel.greedily(5000);
    const cuts: (number | null)[] = [];
    for (let at = 0; at < 3000; at += 100) {
      cuts.push(await throttled(channel));
      channel.nowMs += 100;
    }
    const made = cuts.filter((cut) => cut !== null);
    expect(made).toHaveLength(3);
    const climbed = 1000 / CLIMB_MS;
    expect(made[0]).toBe(0.5);
    expect(made[1]).toBeCloseTo((0.5 + climbed) / 2, 6);
    expect(made[2]).toBeCloseTo(((0.5 + climbed) / 2 + climbed) / 2, 6);
  });

  it('holds from the next grant on, with the distance to the last instant that was given', async () => {
    const channel = channelWith({ perSecond: 10 });
    const before = await channel.greedily(3000);
    await throttled(channel);
    const after = await channel.greedily(5000);
    const [gap] = gapsOf([before.at(-1)!, after[0]!]);
    expect(gap).toBeGreaterThanOrEqual(2 * 103 - 1);
    // Half the rate at once, and a sixtieth of the full one more each second.
    const expected = 10 * (0.5 + 2500 / CLIMB_MS) * 5 * (1000 / 1030);
    expect(after.length).toBeGreaterThan(expected - 2);
    expect(after.length).toBeLessThan(expected + 6);
  });

  it('climbs back in a straight line, and is at its full rate when it says so', async () => {
    const channel = channelWith({ perSecond: 40 });
    await channel.greedily(3000);
    await throttled(channel);
    const startMs = channel.nowMs;
    const instants = await channel.greedily(40_000);
    const inSecond = (second: number): number =>
      instants.filter((at) => at >= startMs + second * 1000 && at < startMs + (second + 1) * 1000).length;
    for (const second of [2, 10, 20, 29]) {
      const share = 0.5 + (second * 1000 + 500) / CLIMB_MS;
      expect(Math.abs(inSecond(second) - (40 * share) / 1.03)).toBeLessThan(2);
    }
    expect(inSecond(35)).toBeGreaterThanOrEqual(38);
    expect(mostIn(instants, 1030 - 0.01)).toBeLessThanOrEqual(40);
  });

  it('begins to climb when the pause is over that the provider asked for', async () => {
    const channel = channelWith({ perSecond: 20 });
    await channel.greedily(3000);
    await throttled(channel, 30_000);
    expect(await channel.ask()).toMatchObject({ why: 'held:130429', waitMs: 30_000 });
    // A longer one within the same second lengthens the pause and cuts nothing.
    channel.nowMs += 500;
    expect(await throttled(channel, 40_000)).toBe(0.5);
    expect(await throttled(channel, 40_000)).toBeNull();
    channel.nowMs += 40_000;
    const instants = await channel.greedily(2000);
    expect(instants.length).toBeGreaterThanOrEqual(19);
    expect(instants.length).toBeLessThanOrEqual(26);
  });

  it('is never cut to nothing, and one minute without a reply ends it', async () => {
    const channel = channelWith({ perSecond: 64 });
    await channel.greedily(2000);
    for (let cuts = 0; cuts < 60; cuts += 1) {
      await throttled(channel);
      channel.nowMs += 1000;
    }
    const { instantsMs } = (await channel.ask({ wanted: 1 })) as { instantsMs: number[] };
    expect(instantsMs).toHaveLength(1);
    await channel.greedily(CLIMB_MS);
    const instants = await channel.greedily(10_000);
    expect(instants.length).toBeGreaterThan(64 * 9);
  });

  describe('without limits', () => {
    /** Grants as workers take them that are bound by themselves: so many, each tenth of a second. */
    const busy = async (channel: VirtualChannel, perTenth: number, durationMs: number): Promise<number[]> => {
      const instants: number[] = [];
      for (const endMs = channel.nowMs + durationMs; channel.nowMs < endMs; channel.nowMs += 100) {
        const answer = await channel.ask({ wanted: perTenth });
        if ('instantsMs' in answer) instants.push(...answer.instantsMs);
      }
      return instants;
    };

    it.each([0, 130, 480, 990])(
      'halves what was really granted in the last second (%i ms into it)',
      async (ms) => {
        const channel = channelWith({});
        channel.nowMs += ms;
        await busy(channel, 20, 5000);
        await throttled(channel);
        const instants = await busy(channel, 20, 5000);
        const expected = 200 * (0.5 + 2500 / CLIMB_MS) * 5;
        expect(instants.length).toBeGreaterThan(expected * 0.95);
        expect(instants.length).toBeLessThan(expected * 1.15);
      },
    );

    it('is without limits again when it has climbed to what it was', async () => {
      const channel = channelWith({});
      await busy(channel, 20, 3000);
      await throttled(channel);
      await busy(channel, 20, 31_000);
      expect((await busy(channel, 100, 1000)).length).toBe(1000);
    });

    it('keeps what it is measured by out of the probes of a breaker', async () => {
      const channel = channelWith({});
      await busy(channel, 20, 3000);
      await fail(channel, 10);
      channel.nowMs += 60_000;
      expect(await channel.ask()).toMatchObject({ instantsMs: [expect.any(Number)] });
      await redis.reportAt(channel.key, 0, 1, 10, 60_000, 1, channel.nowMs);
      const instants = await busy(channel, 20, 3000);
      const expected = 200 * (0.1 + 1500 / CLIMB_MS) * 3;
      expect(Math.abs(instants.length - expected)).toBeLessThan(expected * 0.25);
    });
  });

  const fail = async (channel: VirtualChannel, times: number): Promise<string[]> => {
    let state: string[] = [];
    for (let n = 0; n < times; n += 1)
      state = await redis.reportAt(channel.key, 1, 0, 10, 60_000, 0, channel.nowMs);
    return state;
  };

  describe('of a breaker that closes', () => {
    it('begins at a tenth and climbs to the whole within a minute', async () => {
      const channel = channelWith({ perSecond: 50 });
      await channel.greedily(3000);
      expect(await fail(channel, 9)).toEqual(['closed']);
      expect(await fail(channel, 1)).toEqual(['open', 'now']);
      expect(await channel.ask()).toMatchObject({ why: 'breaker' });
      channel.nowMs += 60_000;
      expect(await channel.ask()).toMatchObject({ instantsMs: [expect.any(Number)] });
      expect(await channel.ask()).toMatchObject({ why: 'breaker' });
      const closed = await redis.reportAt(channel.key, 0, 1, 10, 60_000, 1, channel.nowMs);
      expect([closed[0], Number(closed[1]), closed[4]]).toEqual(['closed', 0.1, 'recovering']);
      const first = await channel.greedily(5000);
      expect(first.length).toBeGreaterThan(25);
      expect(first.length).toBeLessThan(50 * (0.1 + 5000 / CLIMB_MS) * 5);
      await channel.greedily(50_000);
      expect((await channel.greedily(10_000)).length).toBeGreaterThan(50 * 9.5);
    });

    it('stays at the lower share where a throttle reply had cut it deeper', async () => {
      const channel = channelWith({ perSecond: 50 });
      await channel.greedily(3000);
      for (let cuts = 0; cuts < 6; cuts += 1) {
        await throttled(channel, 3_600_000);
        channel.nowMs += 1000;
      }
      await fail(channel, 10);
      const closed = await redis.reportAt(channel.key, 0, 1, 10, 60_000, 1, channel.nowMs);
      expect(Number(closed[1])).toBeLessThan(0.05);
    });
  });

  it('comes back with a hash that Redis lost, at the share that it had climbed to', async () => {
    const channel = channelWith({ perSecond: 40 });
    await channel.greedily(3000);
    const cut = await redis.throttledAt(channel.key, 0, '130429', channel.nowMs);
    const lost = channelWith({ perSecond: 40 });
    lost.nowMs = channel.nowMs + 12_000;
    await redis.restoreAt(lost.key, ...cut, lost.nowMs);
    const instants = await lost.greedily(5000);
    const expected = 40 * (0.7 + 2500 / CLIMB_MS) * 5;
    expect(Math.abs(instants.length - expected / 1.03)).toBeLessThan(expected * 0.06);
    // One that is there already is newer.
    expect(await redis.restoreAt(channel.key, 0.9, 0, 0, 'old', 0)).toBe(0);
  });

  it(`exceeds no window, whatever is cut, held and recovered (seed ${SEED})`, async () => {
    const limit = (most: number) => fc.option(fc.integer({ min: 1, max: most }), { nil: undefined });
    const event = fc.record({
      afterMs: fc.integer({ min: 0, max: 20_000 }),
      kind: fc.constantFrom('throttle', 'hold', 'outage'),
      holdMs: fc.integer({ min: 1, max: 10_000 }),
    });
    const limits = fc.record({ perSecond: limit(30), perMinute: limit(400), perHour: limit(2000) });
    await fc.assert(
      fc.asyncProperty(limits, fc.array(event, { maxLength: 12 }), async (drawn, events) => {
        const some = JSON.parse(JSON.stringify(drawn)) as ChannelLimits;
        const channel = channelWith(some);
        const instants: number[] = [];
        const live = async (ms: number): Promise<void> => {
          const isFree = Object.keys(some).length === 0;
          if (isFree) channel.nowMs += ms;
          else instants.push(...(await channel.greedily(ms)));
        };
        await live(2000);
        for (const { afterMs, kind, holdMs } of events) {
          await live(afterMs);
          if (kind !== 'outage') await throttled(channel, kind === 'hold' ? holdMs : 0);
          else {
            await fail(channel, 10);
            channel.nowMs += 60_000;
            await redis.reportAt(channel.key, 0, 1, 10, 60_000, 1, channel.nowMs);
          }
        }
        await live(90_000);
        // Where only long windows limit, calls may begin a second late.
        const lateMs = some.perSecond === undefined ? 985 : 0;
        const begun = instants.map((at, index) => at + (index % 2) * lateMs);
        if (some.perSecond !== undefined)
          expect(mostIn(instants, 1030 - 0.01)).toBeLessThanOrEqual(some.perSecond);
        if (some.perMinute !== undefined) expect(mostIn(begun, 60_000)).toBeLessThanOrEqual(some.perMinute);
        if (some.perHour !== undefined) expect(mostIn(begun, 3_600_000)).toBeLessThanOrEqual(some.perHour);
      }),
      { seed: SEED, numRuns: 30 },
    );
  });

  it('costs a channel without limits one more field to count by', async () => {
    const channel = channelWith({});
    await channel.ask({ wanted: 10 });
    const fields = await redis.hkeys(channel.key);
    expect(fields.filter((field) => /^(g|cut)/.test(field)).toSorted()).toEqual(['gn', 'gp', 'gs']);
    const spaced = channelWith({ perSecond: 10 });
    await spaced.ask({ dispatch: `virtual:${randomUUID()}` });
    expect((await redis.hkeys(spaced.key)).filter((field) => /^(g|cut)/.test(field))).toEqual([]);
  });
});
