import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ChannelLimits } from '../../../src/channels/channel-limits.js';
import { loadConfig } from '../../../src/config/load-config.js';
import type { MinuteUsage, UsageRepository } from '../../../src/ledger/usage.repository.js';
import { EngineRedis } from '../../../src/queue/redis.provider.js';
import type { ThrottledChannel } from '../../../src/queue/channel-terms.js';
import { Throttle, type Grant } from '../../../src/queue/throttle.js';
import { testRedis } from '../../support/database.js';

const SEND_TIMEOUT_MS = 1000;
/** A call may begin for three seconds, and be out for its deadline and a second more. */
const PLACE_LEASE_MS = 3000 + SEND_TIMEOUT_MS + 1000;

describe('calls at once', () => {
  const workers: { redis: EngineRedis; throttle: Throttle }[] = [];
  let spent: MinuteUsage[] = [];
  let redis: Redis;

  beforeAll(async () => {
    const { url, prefix } = testRedis();
    redis = new Redis(url);
    const config = loadConfig({
      REDIS_URL: url,
      CAUDAL_REDIS_PREFIX: prefix,
      CAUDAL_SEND_TIMEOUT_MS: String(SEND_TIMEOUT_MS),
    });
    const usage = { since: () => Promise.resolve(spent) } as unknown as UsageRepository;
    for (let worker = 0; worker < 4; worker += 1) {
      const own = new EngineRedis(config);
      await own.ready();
      workers.push({ redis: own, throttle: new Throttle(own, config, usage) });
    }
  });

  afterAll(() => {
    for (const worker of workers) worker.redis.onApplicationShutdown();
    redis.disconnect();
  });

  const channelWith = (limits: ChannelLimits, version = 1): ThrottledChannel => ({
    id: randomUUID(),
    limits,
    pacing: { mode: 'max' },
    version,
  });

  const countOf = (grant: Grant): number => (grant.kind === 'granted' ? grant.count : 0);

  it('are never more than the limit over all workers, and go on as outcomes are known', async () => {
    const channel = channelWith({ maxInFlight: 7 });
    let out = 0;
    let most = 0;
    let sent = 0;
    const work = async ({ throttle }: (typeof workers)[number]): Promise<void> => {
      while (sent < 400) {
        const grant = await throttle.grant(channel, 5);
        if (grant.kind === 'wait') {
          await new Promise((resolve) => setTimeout(resolve, Math.max(1, grant.waitMs)));
          continue;
        }
        out += grant.count;
        sent += grant.count;
        most = Math.max(most, out);
        const calls = Array.from({ length: grant.count }, async (_, index) => {
          await new Promise((resolve) => setTimeout(resolve, 1 + Math.random() * 20));
          out -= 1;
          grant.places.free(index);
        });
        if (Math.random() < 0.5) await Promise.all(calls);
      }
    };
    await Promise.all(workers.map(work));
    await expect.poll(() => out).toBe(0);
    expect(most).toBe(7);
  });

  it('leave no place behind when nothing was sent', async () => {
    const channel = channelWith({ maxInFlight: 4 });
    const [one, other] = workers.map((worker) => worker.throttle);
    const grant = await one!.grant(channel, 10);
    expect(countOf(grant)).toBe(4);
    expect(await other!.grant(channel, 1)).toMatchObject({ kind: 'wait', why: 'inflight' });
    if (grant.kind === 'granted') grant.places.freeFrom(1);
    await expect.poll(async () => countOf(await other!.grant(channel, 10))).toBe(3);
  });

  it('come back of a worker that died, once its calls must be over', async () => {
    const channel = channelWith({ maxInFlight: 2 });
    const [one, other] = workers.map((worker) => worker.throttle);
    const diedMs = performance.now();
    expect(countOf(await one!.grant(channel, 2))).toBe(2);
    await expect
      .poll(async () => countOf(await other!.grant(channel, 2)), {
        timeout: PLACE_LEASE_MS + 3000,
        interval: 100,
      })
      .toBe(2);
    expect(performance.now() - diedMs).toBeGreaterThan(PLACE_LEASE_MS - 100);
  });

  it('may all be out still when Redis was wiped and something was sent lately', async () => {
    spent = [{ minuteMs: Math.floor(Date.now() / 60_000) * 60_000, sends: 1 }];
    const busy = channelWith({ maxInFlight: 3 });
    expect(await workers[0]!.throttle.grant(busy, 1)).toMatchObject({ kind: 'wait', why: 'inflight' });
    spent = [];
    expect(countOf(await workers[0]!.throttle.grant(channelWith({ maxInFlight: 3 }), 9))).toBe(3);
  });

  it('follow a changed limit from the next grant on', async () => {
    const channel = channelWith({ maxInFlight: 2 });
    const { throttle } = workers[0]!;
    expect(countOf(await throttle.grant(channel, 9))).toBe(2);
    const raised = { ...channel, limits: { maxInFlight: 5 }, version: 2 };
    expect(countOf(await throttle.grant(raised, 9))).toBe(3);
    const lowered = { ...channel, limits: { maxInFlight: 1 }, version: 3 };
    expect(await throttle.grant(lowered, 9)).toMatchObject({ kind: 'wait', why: 'inflight' });
    const free = { ...channel, limits: {}, version: 4 };
    expect(countOf(await throttle.grant(free, 9))).toBe(9);
  });
});
