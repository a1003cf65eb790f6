import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ChannelPacing } from '../../../src/channels/channel.js';
import type { ChannelLimits } from '../../../src/channels/channel-limits.js';
import { RECOVER_PACE_SCRIPT } from '../../../src/queue/dispatch-pacing.script.js';
import { foundPlace } from '../../../src/queue/lost-position.js';
import { pacingProfile, spacingMs } from '../../../src/queue/pacing.js';
import { testRedis } from '../../support/database.js';
import { VirtualChannel } from './virtual-channel.js';

interface Commands {
  recoverAt(key: string, position: number, waitMs: number, nowMs: number): Promise<number>;
}

const PROGRESSIVE: ChannelPacing = {
  mode: 'progressive',
  baseDelayMs: 2000,
  stepMs: 500,
  stepEvery: 10,
  maxDelayMs: 5000,
};
const STEP_MS = 5;

describe('the pacing of a campaign', () => {
  let redis: Redis & Commands;

  beforeAll(() => {
    redis = new Redis(testRedis().url) as Redis & Commands;
    redis.defineCommand('recoverAt', { numberOfKeys: 1, lua: RECOVER_PACE_SCRIPT });
  });

  afterAll(() => redis.disconnect());

  const gapsOf = (instantsMs: readonly number[]): number[] =>
    instantsMs.slice(1).map((instant, index) => instant - instantsMs[index]!);

  /** A dispatch over some channels, asked for in turn by greedy workers on one clock. */
  const dispatchOver = async (
    channels: readonly [limits: ChannelLimits, pacing?: ChannelPacing][],
    pacing: ChannelPacing,
  ) => {
    const virtual = channels.map(([limits, own]) => VirtualChannel.with(redis, limits, own));
    const dispatch = `virtual:${randomUUID()}:rate`;
    await redis.recoverAt(dispatch, 0, 0, virtual[0]!.nowMs);
    let nowMs = virtual[0]!.nowMs;
    const send = async (messages: number, ask: object = {}): Promise<number[]> => {
      const instants: number[] = [];
      while (instants.length < messages) {
        let waitMs = Infinity;
        for (const channel of virtual) {
          channel.nowMs = nowMs;
          const answer = await channel.ask({ dispatch, pacing, wanted: 1, ...ask });
          if ('waitMs' in answer) waitMs = Math.min(waitMs, answer.waitMs);
          else {
            instants.push(...answer.instantsMs);
            waitMs = 0;
          }
        }
        nowMs += Math.max(STEP_MS, waitMs);
      }
      return instants.toSorted((a, b) => a - b);
    };
    const rest = (ms: number): void => {
      nowMs += ms;
    };
    return { send, rest, dispatch, now: () => nowMs };
  };

  it('keeps progressive within 2 % of its table over two channels', async () => {
    const { send } = await dispatchOver([[{ perSecond: 80 }], [{}]], PROGRESSIVE);
    const instants = await send(100);
    // The last delay of the 395 s has nothing behind it.
    const tookMs = instants[99]! - instants[0]!;
    expect(tookMs).toBeGreaterThan(390_000 - 1);
    expect(tookMs).toBeLessThan(390_000 * 1.02);
    expect(instants[10]! - instants[0]!).toBeGreaterThan(20_000 - 1);
    expect(instants[10]! - instants[0]!).toBeLessThan(20_000 * 1.02);
  });

  it.each<[string, ChannelPacing]>([
    ['fixed', { mode: 'fixed', intervalMs: 70 }],
    ['fixed with pauses', { mode: 'fixed', intervalMs: 300, pauseEvery: 7, pauseMs: 4000 }],
    ['progressive with pauses', { ...PROGRESSIVE, stepEvery: 3, pauseEvery: 10, pauseMs: 60_000 }],
    ['max with pauses', { mode: 'max', pauseEvery: 25, pauseMs: 3000 }],
  ])('gives the instants of the model over three channels: %s', async (_name, pacing) => {
    const { send } = await dispatchOver([[{}], [{ perSecond: 50 }], [{ perMinute: 10_000 }]], pacing);
    const instants = await send(60);
    const profile = pacingProfile({}, pacing);
    gapsOf(instants).forEach((gap, position) => {
      const modelMs = spacingMs(profile, 0, position, 0.5);
      expect(gap).toBeGreaterThan(modelMs - 0.01);
      // Where nothing is between two messages, channels that space theirs are the slower.
      expect(gap).toBeLessThan(modelMs + 25);
    });
  });

  it('is beside the pacing of the channel: the slower of the two for each instant', async () => {
    const own: ChannelPacing = { mode: 'fixed', intervalMs: 3000 };
    const instants = await (await dispatchOver([[{}, own]], PROGRESSIVE)).send(50);
    const profile = pacingProfile({}, PROGRESSIVE);
    gapsOf(instants).forEach((gap, position) => {
      const slowerMs = Math.max(3000, spacingMs(profile, 0, position, 0.5));
      expect(Math.abs(gap - slowerMs)).toBeLessThan(25);
    });
  });

  it('varies by its jitter', async () => {
    const pacing: ChannelPacing = { mode: 'fixed', intervalMs: 1000, jitter: 0.5 };
    const { send } = await dispatchOver([[{}]], pacing);
    const instants: number[] = [];
    for (let n = 0; n < 150; n += 1) instants.push(...(await send(1, { chance: Math.random() })));
    const gaps = gapsOf(instants);
    expect(Math.min(...gaps)).toBeGreaterThan(500 - 0.01);
    expect(Math.max(...gaps)).toBeLessThan(1500 + 25);
    expect(Math.max(...gaps) - Math.min(...gaps)).toBeGreaterThan(600);
    const meanMs = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    expect(Math.abs(meanMs - 1000)).toBeLessThan(120);
  });

  it('goes on where it was after a night in which it was paused', async () => {
    const { send, rest } = await dispatchOver([[{}]], PROGRESSIVE);
    await send(30);
    rest(12 * 3_600_000);
    expect(gapsOf(await send(5))[0]).toBeGreaterThan(3500 - 1);
  });

  it('asks for its place when Redis lost it, and goes on no faster than it was', async () => {
    const { send, dispatch, now } = await dispatchOver([[{}]], PROGRESSIVE);
    const before = await send(47);
    await redis.del(dispatch);
    await expect(send(1)).rejects.toThrow('rebuild dispatch');
    const { position, waitMs } = foundPlace(pacingProfile({}, PROGRESSIVE), 47, 800);
    await redis.recoverAt(dispatch, position, waitMs, now());
    // Of two workers that bring it, the first is right.
    expect(await redis.recoverAt(dispatch, 0, 0, now())).toBe(0);
    const after = await send(30);
    expect(after[0]! - before.at(-1)!).toBeGreaterThan(4000);
    expect(after[0]! - before.at(-1)!).toBeLessThan(5000 + 600);
    expect(gapsOf(after)[0]).toBeCloseTo(4000, -2);
    expect(gapsOf(after)[15]).toBeCloseTo(5000, -2);
  });

  it('shares its channel with campaigns that have none', async () => {
    const channel = VirtualChannel.with(redis, { perSecond: 20 });
    const dispatch = `virtual:${randomUUID()}:rate`;
    await redis.recoverAt(dispatch, 0, 0, channel.nowMs);
    const pacing: ChannelPacing = { mode: 'fixed', intervalMs: 1000 };
    const instants: [paced: number, other: number] = [0, 0];
    const other = `virtual:${randomUUID()}:rate`;
    for (const endMs = channel.nowMs + 60_000; channel.nowMs < endMs; channel.nowMs += 20) {
      const [paced, greedy] = [
        await channel.ask({ dispatch, pacing, wanted: 5 }),
        await channel.ask({ dispatch: other, wanted: 5 }),
      ];
      if ('instantsMs' in paced) instants[0] += paced.instantsMs.length;
      if ('instantsMs' in greedy) instants[1] += greedy.instantsMs.length;
    }
    expect(instants[0]).toBeGreaterThan(45);
    expect(instants[0]).toBeLessThanOrEqual(61);
    expect(instants[0] + instants[1]).toBeGreaterThan(60 * 20 * 0.93);
  });
});
