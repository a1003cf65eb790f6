import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ChannelLimits } from '../../../src/channels/channel-limits.js';
import { SeededRandom } from '../../../src/simulator/seeded-random.js';
import { testRedis } from '../../support/database.js';
import { liveTogether, SharingDispatch } from './sharing-dispatches.js';
import { mostIn, VirtualChannel } from './virtual-channel.js';

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
/** So far ahead slots are anybody's. */
const EDGE_MS = 100;
/** What a limit of 80 a second gives out, with its margin. */
const FULL_RATE = 80 / 1.03;

describe('dispatches that share a channel', () => {
  let redis: Redis;

  beforeAll(() => {
    redis = new Redis(testRedis().url);
  });

  afterAll(() => redis.disconnect());

  const channelWith = (limits: ChannelLimits): VirtualChannel => VirtualChannel.with(redis, limits);
  const weighing = (...weights: number[]): SharingDispatch[] =>
    weights.map((weight, index) => new SharingDispatch(`d${index}`, { weight }));
  const sentBy = (dispatches: readonly SharingDispatch[]): number[] =>
    dispatches.flatMap(({ instants }) => instants);
  const between = (instants: readonly number[], fromMs: number, toMs: number): number =>
    instants.filter((instant) => instant >= fromMs && instant < toMs).length;

  /** How far each is from what its weight says, relative to that; the worst of them. */
  const shareError = (dispatches: readonly SharingDispatch[]): number => {
    const sent = sentBy(dispatches).length;
    const total = dispatches.reduce((sum, { shape }) => sum + shape.weight, 0);
    const errors = dispatches.map(({ instants, shape }) => {
      const due = (sent * shape.weight) / total;
      return Math.abs(instants.length - due) / due;
    });
    return Math.max(...errors);
  };

  /** What each got in `durationMs`, from when all of them had been there for `fromMs`. */
  const liveAndMeasure = async (
    limits: ChannelLimits,
    dispatches: readonly SharingDispatch[],
    fromMs: number,
    durationMs: number,
  ): Promise<void> => {
    const channel = channelWith(limits);
    await liveTogether(channel, dispatches, fromMs, Math.random);
    for (const { instants } of dispatches) instants.length = 0;
    await liveTogether(channel, dispatches, durationMs, Math.random);
  };

  const CASES = [
    [1, 1],
    [1, 3],
    [2, 5, 10],
    [1, 10],
  ].map((weights) => ({ weights, of: weights.join(' : ') }));

  it.each(CASES)('get $of of 80 a second, and leave nothing of it', async ({ weights }) => {
    const dispatches = weighing(...weights);
    await liveAndMeasure({ perSecond: 80 }, dispatches, SECOND_MS, MINUTE_MS / 2);
    expect(shareError(dispatches)).toBeLessThan(0.05);
    expect(sentBy(dispatches).length / 30).toBeGreaterThan(FULL_RATE * 0.98);
    expect(mostIn(sentBy(dispatches), 1030 - 0.01)).toBeLessThanOrEqual(80);
  });

  it.each(CASES)('get $of of a message a second', async ({ weights }) => {
    const dispatches = weights.map(
      (weight, index) => new SharingDispatch(`d${index}`, { weight, places: 2, wanted: 1 }),
    );
    await liveAndMeasure({ perSecond: 1 }, dispatches, SECOND_MS, 5 * MINUTE_MS);
    expect(shareError(dispatches)).toBeLessThan(0.1);
    expect(sentBy(dispatches).length).toBeGreaterThan(285);
  });

  it.each(CASES.slice(1, 3))('get $of of 600 a minute, where nothing else limits', async ({ weights }) => {
    const dispatches = weighing(...weights);
    await liveAndMeasure({ perMinute: 600 }, dispatches, MINUTE_MS, MINUTE_MS);
    expect(shareError(dispatches)).toBeLessThan(0.05);
    expect(sentBy(dispatches).length).toBeGreaterThan(570);
    expect(mostIn(sentBy(dispatches), MINUTE_MS)).toBeLessThanOrEqual(600);
  });

  it.each(CASES.slice(1, 3))('get $of of 600 a minute at 80 a second', async ({ weights }) => {
    const dispatches = weighing(...weights);
    await liveAndMeasure({ perSecond: 80, perMinute: 600 }, dispatches, MINUTE_MS, MINUTE_MS);
    expect(shareError(dispatches)).toBeLessThan(0.05);
    expect(sentBy(dispatches).length).toBeGreaterThan(570);
  });

  it.each([1, 4, 10])('are sent by their weights from %i workers', async (workers) => {
    const dispatches = [1, 3].map(
      (weight, index) =>
        new SharingDispatch(`d${index}`, {
          weight,
          places: 4 * workers,
          wanted: Math.max(1, Math.floor(8 / workers)),
        }),
    );
    await liveAndMeasure({ perSecond: 80 }, dispatches, SECOND_MS, 6 * SECOND_MS);
    expect(shareError(dispatches)).toBeLessThan(0.05);
    expect(sentBy(dispatches).length / 6).toBeGreaterThan(FULL_RATE * 0.97);
  });

  it('all go on, thirty at once', async () => {
    const dispatches = Array.from(
      { length: 30 },
      (_, index) => new SharingDispatch(`d${index}`, { weight: 1, places: 2 }),
    );
    await liveAndMeasure({ perSecond: 80 }, dispatches, SECOND_MS, 10 * SECOND_MS);
    const fewest = Math.min(...dispatches.map(({ instants }) => instants.length));
    expect(fewest).toBeGreaterThan((FULL_RATE * 10 * 0.8) / 30);
    expect(sentBy(dispatches).length / 10).toBeGreaterThan(FULL_RATE * 0.97);
  });

  it('begin where the others are: a late one has nothing to catch up with and nothing to pay', async () => {
    const channel = channelWith({ perSecond: 80 });
    const startMs = channel.nowMs;
    const [first, second] = [
      new SharingDispatch('first', { weight: 1 }),
      new SharingDispatch('second', { weight: 1, fromMs: 30 * SECOND_MS }),
    ] as const;
    await liveTogether(channel, [first, second], 40 * SECOND_MS, Math.random);
    expect(second.instants[0]! - startMs - 30 * SECOND_MS).toBeLessThan(500);
    const [ofFirst, ofSecond] = [first, second].map(({ instants }) =>
      between(instants, startMs + 31 * SECOND_MS, startMs + 40 * SECOND_MS),
    );
    expect(ofSecond! / ofFirst!).toBeGreaterThan(0.9);
    expect(ofSecond! / ofFirst!).toBeLessThan(1.1);
  });

  it('lose no slot to one that falls silent', async () => {
    const channel = channelWith({ perSecond: 80 });
    const startMs = channel.nowMs;
    const silent = new SharingDispatch('silent', { weight: 10, untilMs: 5 * SECOND_MS });
    const other = new SharingDispatch('other', { weight: 1 });
    await liveTogether(channel, [silent, other], 10 * SECOND_MS, Math.random);
    const whileMissed = between(sentBy([silent, other]), startMs + 5000, startMs + 7000);
    expect(whileMissed / 2).toBeGreaterThan(FULL_RATE * 0.95);
    expect(between(other.instants, startMs + 7000, startMs + 10_000) / 3).toBeGreaterThan(FULL_RATE * 0.97);
  });

  it('wait a second at most for one that falls silent, where only a long window limits', async () => {
    const channel = channelWith({ perMinute: 3000 });
    const silent = new SharingDispatch('silent', { weight: 1, untilMs: 100 });
    const other = new SharingDispatch('other', { weight: 1 });
    await liveTogether(channel, [silent, other], 5 * SECOND_MS, Math.random);
    const instants = other.instants.toSorted((a, b) => a - b);
    const pauses = instants.slice(1).map((instant, index) => instant - instants[index]!);
    expect(Math.max(...pauses)).toBeLessThan(1100);
    expect(sentBy([silent, other])).toHaveLength(3000);
  });

  it('are not held up by one that its own rate holds back', async () => {
    const slow = new SharingDispatch('slow', { weight: 10, rate: 5, places: 2 });
    const other = new SharingDispatch('other', { weight: 1 });
    await liveTogether(channelWith({ perSecond: 80 }), [slow, other], 20 * SECOND_MS, Math.random);
    expect(slow.instants.length / 20).toBeGreaterThan(3.5);
    expect(sentBy([slow, other]).length / 20).toBeGreaterThan(FULL_RATE * 0.94);
    const again = [slow, other].map(({ id, shape }) => new SharingDispatch(id, shape));
    await liveTogether(channelWith({ perMinute: 3000 }), again, 5 * SECOND_MS, Math.random);
    expect(sentBy(again)).toHaveLength(3000);
  });

  describe('and a stream', () => {
    /** From each ask that found the stream with nothing to the instant that it got, in ms. */
    const waits = async (limits: ChannelLimits, everyMs: number, posts: number): Promise<number[]> => {
      const channel = channelWith(limits);
      const campaigns = weighing(1, 10);
      await liveTogether(channel, campaigns, 5 * SECOND_MS, Math.random);
      const taken: number[] = [];
      for (let post = 0; post < posts; post += 1) {
        const stream = new SharingDispatch('stream', { weight: 0, places: 1, wanted: 1, most: 1 });
        const postedMs = channel.nowMs;
        await liveTogether(channel, [...campaigns, stream], everyMs * (0.5 + Math.random()), Math.random);
        taken.push(stream.instants[0]! - postedMs);
      }
      const all = campaigns.flatMap(({ instants }) => instants);
      if (limits.perSecond !== undefined) {
        expect(mostIn(all, 1030 - 0.01)).toBeLessThanOrEqual(limits.perSecond);
      }
      return taken;
    };

    it('let it go first at 80 a second', async () => {
      expect(Math.max(...(await waits({ perSecond: 80 }, 700, 40)))).toBeLessThan(550);
    });

    it('let it go first at a message a second: it waits for less than two intervals', async () => {
      expect(Math.max(...(await waits({ perSecond: 1 }, 5000, 40)))).toBeLessThan(2060);
    });

    it.each([{ perMinute: 60 }, { perSecond: 20, perMinute: 60 }])(
      'let it have what comes back first, on %j',
      async (limits: ChannelLimits) => {
        const channel = channelWith(limits);
        const campaigns = weighing(1, 10);
        await liveTogether(channel, campaigns, 20 * SECOND_MS, Math.random);
        expect(sentBy(campaigns)).toHaveLength(60);
        const stream = new SharingDispatch('stream', { weight: 0, places: 1, wanted: 2, most: 6 });
        await liveTogether(channel, [...campaigns, stream], 55 * SECOND_MS, Math.random);
        expect(stream.instants).toHaveLength(6);
        const next = campaigns.flatMap(({ instants }) => instants).toSorted((a, b) => a - b)[60]!;
        expect(Math.max(...stream.instants)).toBeLessThanOrEqual(next + EDGE_MS);
      },
    );

    it('leave everything to one that has enough for all of the channel, and nobody ever more than there is', async () => {
      const channel = channelWith({ perSecond: 80 });
      const [campaign] = weighing(10);
      const stream = new SharingDispatch('stream', { weight: 0 });
      await liveTogether(channel, [campaign!, stream], 20 * SECOND_MS, Math.random);
      expect(stream.instants.length / 20).toBeGreaterThan(FULL_RATE * 0.95);
      expect(mostIn(sentBy([campaign!, stream]), 1030 - 0.01)).toBeLessThanOrEqual(80);
    });
  });

  it('exceed no limit together, whatever they are and whoever comes and goes', async () => {
    const seed = Number(process.env['FAIR_SHARE_SEED'] ?? Math.floor(Math.random() * 1e9));
    process.stdout.write(`FAIR_SHARE_SEED=${seed}\n`);
    const random = new SeededRandom(seed);
    const upTo = (most: number): number => 1 + Math.floor(random.next() * most);
    for (let round = 0; round < 8; round += 1) {
      const limits: ChannelLimits = {
        ...(random.next() < 0.7 ? { perSecond: upTo(60) } : {}),
        ...(random.next() < 0.6 ? { perMinute: upTo(600) } : {}),
        perHour: 100 + upTo(3000),
      };
      const dispatches = Array.from({ length: upTo(6) }, (_, index) => {
        const fromMs = random.next() < 0.5 ? 0 : upTo(60_000);
        return new SharingDispatch(`d${index}`, {
          weight: random.next() < 0.2 ? 0 : upTo(10),
          places: upTo(6),
          wanted: upTo(30),
          fromMs,
          ...(random.next() < 0.4 ? { untilMs: fromMs + upTo(60_000) } : {}),
          ...(random.next() < 0.3 ? { rate: upTo(20) } : {}),
        });
      });
      const channel = channelWith(limits);
      await liveTogether(channel, dispatches, 75_000, () => random.next());
      const about = JSON.stringify({ limits, dispatches: dispatches.map(({ shape }) => shape) });
      const all = sentBy(dispatches);
      if (limits.perSecond !== undefined) {
        expect(mostIn(all, 1029), about).toBeLessThanOrEqual(limits.perSecond);
      }
      if (limits.perMinute !== undefined) {
        expect(mostIn(all, MINUTE_MS + 30), about).toBeLessThanOrEqual(limits.perMinute);
      }
      expect(all.length, about).toBeLessThanOrEqual(limits.perHour!);
    }
  });
});
