import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/load-config.js';
import type { UsageRepository } from '../../../src/ledger/usage.repository.js';
import type { ThrottledChannel } from '../../../src/queue/channel-terms.js';
import { EngineRedis } from '../../../src/queue/redis.provider.js';
import { SharedBreaker } from '../../../src/queue/shared-breaker.js';
import { Throttle } from '../../../src/queue/throttle.js';
import { testRedis } from '../../support/database.js';

const WORKERS = 4;
const FAILURES = 10;
const OPEN_MS = 400;

interface Worker {
  readonly redis: EngineRedis;
  readonly throttle: Throttle;
  readonly breaker: SharedBreaker;
}

describe('the breaker that all workers share', () => {
  const workers: Worker[] = [];

  beforeAll(async () => {
    const { url, prefix } = testRedis();
    const config = loadConfig({
      REDIS_URL: url,
      CAUDAL_REDIS_PREFIX: prefix,
      CAUDAL_BREAKER_FAILURES: String(FAILURES),
      CAUDAL_BREAKER_OPEN_MS: String(OPEN_MS),
    });
    const usage = { since: () => Promise.resolve([]) } as unknown as UsageRepository;
    for (let n = 0; n < WORKERS; n += 1) {
      const redis = new EngineRedis(config);
      await redis.ready();
      const throttle = new Throttle(redis, config, usage);
      workers.push({ redis, throttle, breaker: new SharedBreaker(redis, config, throttle) });
    }
  });

  afterAll(() => workers.forEach(({ redis }) => redis.onApplicationShutdown()));

  const newChannel = (): ThrottledChannel => ({
    id: randomUUID(),
    limits: {},
    pacing: { mode: 'max' },
    version: 1,
  });

  /** Failures that reach the shared state from one worker after the other. */
  const failTimes = async (channel: ThrottledChannel, times: number): Promise<string[]> => {
    const states: string[] = [];
    for (let n = 0; n < times; n += 1)
      states.push(await workers[n % WORKERS]!.breaker.report(channel.id, false, false));
    return states;
  };

  const askAll = (channel: ThrottledChannel) =>
    Promise.all(workers.map(({ throttle }) => throttle.grant(channel, 50)));

  const opened = async (): Promise<ThrottledChannel> => {
    const channel = newChannel();
    await workers[0]!.throttle.grant(channel, 1);
    await failTimes(channel, FAILURES);
    return channel;
  };

  const untilHalfOpen = async (channel: ThrottledChannel): Promise<void> => {
    await expect.poll(() => workers[0]!.breaker.state(channel.id)).toBe('half-open');
  };

  it('opens for all at the tenth failure in a row, whoever had them', async () => {
    const channel = newChannel();
    await workers[0]!.throttle.grant(channel, 1);
    expect(await failTimes(channel, FAILURES - 1)).toEqual(Array(FAILURES - 1).fill('closed'));
    const before = await askAll(channel);
    expect(before.every((grant) => grant.kind === 'granted' && grant.failures === FAILURES - 1)).toBe(true);
    expect(await failTimes(channel, 1)).toEqual(['open']);
    for (const grant of await askAll(channel)) expect(grant).toMatchObject({ kind: 'wait', why: 'breaker' });
  });

  it('does not open while a single answer of any worker shows that the provider lives', async () => {
    const channel = newChannel();
    await workers[0]!.throttle.grant(channel, 1);
    await failTimes(channel, FAILURES - 1);
    await workers[3]!.breaker.report(channel.id, true, false);
    expect(await failTimes(channel, FAILURES - 1)).not.toContain('open');
    for (const grant of await askAll(channel)) expect(grant.kind).toBe('granted');
  });

  it('opens once of many failures that come at once', async () => {
    const channel = newChannel();
    await workers[0]!.throttle.grant(channel, 1);
    const states = await Promise.all(
      Array.from({ length: 40 }, (_, n) => workers[n % WORKERS]!.breaker.report(channel.id, false, false)),
    );
    expect(states.filter((state) => state === 'closed')).toHaveLength(FAILURES - 1);
    for (const grant of await askAll(channel)) expect(grant.kind).toBe('wait');
  });

  it('lets one message through as a probe, over all workers, until it is answered', async () => {
    const channel = await opened();
    await untilHalfOpen(channel);
    const grants = (await Promise.all([askAll(channel), askAll(channel), askAll(channel)])).flat();
    const granted = grants.filter((grant) => grant.kind === 'granted');
    expect(granted).toEqual([expect.objectContaining({ count: 1, isProbe: true })]);
    expect(await workers[2]!.breaker.report(channel.id, false, true)).toBe('open');
    for (const grant of await askAll(channel)) expect(grant).toMatchObject({ kind: 'wait', why: 'breaker' });
  });

  it('closes for all when the probe is answered well, and all climb together from a tenth of the rate', async () => {
    const channel: ThrottledChannel = { ...newChannel(), limits: { perSecond: 40 } };
    await expect
      .poll(() => workers[0]!.throttle.grant(channel, 1), { timeout: 3000 })
      .toMatchObject({ kind: 'granted' });
    await failTimes(channel, FAILURES);
    await untilHalfOpen(channel);
    await expect
      .poll(() => workers[1]!.throttle.grant(channel, 1), { timeout: 3000 })
      .toMatchObject({ kind: 'granted', isProbe: true });
    expect(await workers[1]!.breaker.report(channel.id, true, true)).toBe('closed');
    const closedMs = performance.now();
    const instants: number[] = [];
    const greedy = async ({ throttle }: Worker): Promise<void> => {
      while (performance.now() < closedMs + 1500) {
        const grant = await throttle.grant(channel, 20);
        if (grant.kind === 'granted') instants.push(...grant.instantsMs!);
        else await new Promise((resolve) => setTimeout(resolve, Math.min(100, Math.max(1, grant.waitMs))));
      }
    };
    await Promise.all(workers.map(greedy));
    // Of 40 a second a tenth, and a sixtieth more each second: 9 in two seconds, where 80 would be the full rate.
    expect(instants.length).toBeGreaterThan(4);
    expect(instants.length).toBeLessThan(16);
  });

  it('lets the next one probe at once when a probe was granted and not sent', async () => {
    const channel = await opened();
    await untilHalfOpen(channel);
    const probes = (await askAll(channel)).filter((grant) => grant.kind === 'granted');
    expect(probes).toMatchObject([{ isProbe: true, count: 1 }]);
    expect((await askAll(channel)).every((grant) => grant.kind === 'wait')).toBe(true);
    await workers[0]!.breaker.giveBackProbe(channel.id);
    expect(await workers[1]!.breaker.state(channel.id)).toBe('half-open');
    const again = (await askAll(channel)).filter((grant) => grant.kind === 'granted');
    expect(again).toMatchObject([{ isProbe: true, count: 1 }]);
  });
});
