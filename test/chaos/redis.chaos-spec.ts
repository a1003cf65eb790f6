import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase } from '../support/database.js';
import { fullAudit } from '../support/auditor.js';
import { Stack } from '../support/stack.js';
import { Dice, isFull, seeds } from './dice.js';
import { OwnServer } from './own-server.js';
import { callsOf, keepLogsOnFailure, SHORT_LEASES, untilCalls, untilStatus } from './scene.js';
import { TcpProxy } from './tcp-proxy.js';

const PER_SECOND = 400;
const MESSAGES = 4000;
/** Longer than a command may take before Redis counts as away. */
const OUTAGE_MS = 2500;

// The short run leaves these to the end-to-end test that wipes Redis, and to F-05, which kills it.
describe.runIf(isFull)('Redis that is lost, frozen, cut off and wiped', () => {
  let redis: OwnServer;
  let proxy: TcpProxy;
  let stack: Stack;
  let used = 0;

  beforeAll(async () => {
    redis = await OwnServer.redis();
    proxy = await TcpProxy.open();
    const database = await createTestDatabase();
    stack = await Stack.start({
      workers: 2,
      environment: SHORT_LEASES,
      services: {
        databaseUrl: database.url,
        redisUrl: redis.url,
        redisPrefix: 'caudal',
        release: () => database.drop(),
      },
      detours: { redis: proxy },
    });
  });

  afterAll(async () => {
    await stack.stop();
    await proxy.close();
    await redis.stop();
  });

  beforeEach(async () => {
    keepLogsOnFailure(stack);
    proxy.pass();
    await stack.simulator.clearLedger();
  });

  /** A limited campaign in which Redis fails at a drawn moment; ends with the audit and the line of figures. */
  async function prove(dice: Dice, fail: () => Promise<void>): Promise<void> {
    const channelId = await stack.createChannel({ statusDelayMs: 20 }, { perSecond: PER_SECOND });
    const campaignId = await stack.createCampaign(MESSAGES, channelId, used);
    used += MESSAGES;
    await stack.start(campaignId);
    await untilCalls(stack, campaignId, Math.round(MESSAGES * dice.between(0.2, 0.5)));
    const failedMs = performance.now();
    await fail();
    const before = await callsOf(stack, campaignId);
    await untilCalls(stack, campaignId, before + 1);
    const backMs = performance.now() - failedMs;
    await untilStatus(stack, campaignId, 'completed');
    const { progress, ledger } = await fullAudit(stack, campaignId);
    dice.tell({
      messages: MESSAGES,
      'sending again after ms': Math.round(backMs),
      accepted: ledger.accepted,
      duplicates: ledger.duplicates,
      'most in a second': ledger.mostPerSecond,
      unknown: progress.unknown,
    });
    expect(ledger.accepted).toBe(MESSAGES);
    expect(progress.unknown + progress.pending).toBe(0);
    expect(ledger.mostPerSecond).toBeLessThanOrEqual(PER_SECOND);
  }

  it.each(seeds)('F-17 FLUSHALL in mid-campaign costs time and no budget [seed %i]', async (seed) => {
    await prove(new Dice('F-17', seed), async () => {
      await stack.redis.flushall();
    });
  });

  it.each(seeds)('F-16 kill -9 of Redis, a while without, and back with its file [seed %i]', async (seed) => {
    await prove(new Dice('F-16', seed), async () => {
      await redis.kill();
      await delay(OUTAGE_MS);
      await redis.start();
    });
  });

  it.each(seeds)('F-16 and F-17 together: Redis is killed and comes back empty [seed %i]', async (seed) => {
    await prove(new Dice('F-16+17', seed), async () => {
      await redis.kill();
      await redis.forgetEverything();
      await redis.start();
    });
  });

  it.each(seeds)('F-13 CLIENT PAUSE ALL: nothing is sent while it lasts [seed %i]', async (seed) => {
    const dice = new Dice('F-13', seed);
    await prove(dice, async () => {
      await stack.redis.client('PAUSE', OUTAGE_MS, 'ALL');
      await delay(OUTAGE_MS);
    });
  });

  it.each(seeds)('F-14 CLIENT PAUSE WRITE for longer than a lease [seed %i]', async (seed) => {
    await prove(new Dice('F-14', seed), async () => {
      await stack.redis.client('PAUSE', 4000, 'WRITE');
      await delay(4000);
    });
  });

  it.each(seeds)('F-23 half-open: connections to Redis that swallow everything [seed %i]', async (seed) => {
    await prove(new Dice('F-23', seed), async () => {
      proxy.stall();
      await delay(OUTAGE_MS);
      const asked = performance.now();
      const { status } = await stack.api.get('/api/campaigns');
      expect(status).toBe(200);
      expect(performance.now() - asked).toBeLessThan(1500);
      proxy.pass();
    });
  });

  it.each(seeds)('F-22 connections to Redis that are reset all the time [seed %i]', async (seed) => {
    const dice = new Dice('F-22', seed);
    await prove(dice, async () => {
      for (let cut = 0; cut < 10; cut += 1) {
        proxy.cut(() => dice.chance(0.5));
        await delay(dice.between(100, 300));
      }
    });
  });
});
