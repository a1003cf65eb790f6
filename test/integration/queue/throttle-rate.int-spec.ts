import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testRedis } from '../../support/database.js';
import { mostIn, VirtualChannel } from './virtual-channel.js';

describe('the rate of a campaign', () => {
  let redis: Redis;

  beforeAll(() => {
    redis = new Redis(testRedis().url);
  });

  afterAll(() => redis.disconnect());

  const dispatchKey = (): string => `virtual:${randomUUID()}:rate`;

  /** Callers on several channels at once, each as greedy as it may be, on one clock. */
  const together = async (
    channels: readonly VirtualChannel[],
    requests: readonly { dispatch: string; rate: [number, number | null] }[],
    durationMs: number,
  ): Promise<number[][]> => {
    const instants: number[][] = requests.map(() => []);
    const startMs = channels[0]!.nowMs;
    for (let nowMs = startMs; nowMs < startMs + durationMs; nowMs += 10) {
      for (const [index, request] of requests.entries()) {
        const channel = channels[index % channels.length]!;
        channel.nowMs = nowMs;
        const answer = await channel.ask({ ...request, wanted: 20 });
        if ('instantsMs' in answer) instants[index]!.push(...answer.instantsMs);
      }
    }
    return instants;
  };

  it('holds in any sliding second beside the limit of its channel, and is used', async () => {
    const channel = VirtualChannel.with(redis, { perSecond: 50 });
    const instants = await channel.greedily(120_000, { dispatch: dispatchKey(), rate: [1, 5] });
    expect(mostIn(instants, 1030 - 0.01)).toBeLessThanOrEqual(5);
    expect(instants.length / 120).toBeGreaterThan(4.6);
  });

  it('holds over all the channels of the campaign together', async () => {
    const channels = [1, 2, 3].map(() => VirtualChannel.with(redis, { perSecond: 40 }));
    const dispatch = dispatchKey();
    const requests = channels.map(() => ({ dispatch, rate: [1, 10] as [number, number] }));
    const instants = (await together(channels, requests, 30_000)).flat();
    expect(mostIn(instants, 1030 - 0.01)).toBeLessThanOrEqual(10);
    expect(instants.length / 30).toBeGreaterThan(9);
  });

  it('leaves the rest of the channel to other campaigns', async () => {
    const channel = VirtualChannel.with(redis, { perSecond: 40 });
    const slow = { dispatch: dispatchKey(), rate: [1, 4] as [number, number] };
    const other = { dispatch: dispatchKey(), rate: [0, null] as [number, null] };
    const [ofSlow, ofOther] = await together([channel], [slow, other], 60_000);
    expect(mostIn([...ofSlow!, ...ofOther!], 1030 - 0.01)).toBeLessThanOrEqual(40);
    expect(mostIn(ofSlow!, 1030 - 0.01)).toBeLessThanOrEqual(4);
    expect(ofSlow!.length / 60).toBeGreaterThan(3.5);
    expect((ofSlow!.length + ofOther!.length) / 60).toBeGreaterThan(40 * 0.93);
  });

  it('goes by the higher version, whoever asks with an older one', async () => {
    const channel = VirtualChannel.with(redis, {});
    const dispatch = dispatchKey();
    await channel.greedily(5000, { dispatch, rate: [1, 2] });
    const faster = await channel.greedily(10_000, { dispatch, rate: [2, 20] });
    expect(faster.length).toBeGreaterThan(180);
    const stale = await channel.greedily(10_000, { dispatch, rate: [1, 2] });
    expect(stale.length).toBeGreaterThan(180);
    const slower = await channel.greedily(10_000, { dispatch, rate: [3, 1] });
    expect(slower.length).toBeLessThanOrEqual(10);
    expect((await channel.ask({ dispatch, rate: [4, null] })) as object).toMatchObject({
      instantsMs: expect.any(Array),
    });
  });

  it('counts the last second as spent when nobody knows what was in it', async () => {
    const channel = VirtualChannel.with(redis, {});
    const answer = await channel.ask({ dispatch: dispatchKey(), rate: [7, 10] });
    expect(answer).toMatchObject({ why: 'rate:campaign', waitMs: 530 });
  });
});
