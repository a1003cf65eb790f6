import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Stack } from '../support/stack.js';
import { closeBooks } from './books.js';
import { Dice, isFull, isSoak, seeds } from './dice.js';
import { OwnServer } from './own-server.js';
import { keepLogsOnFailure, MAX_OPEN_CALLS, SHORT_LEASES, untilCalls, untilStatus } from './scene.js';
import { callCounter, untilMore } from './standstill.js';

const WORKERS = 2;
const MESSAGES = isSoak ? 50_000 : 2500;

describe('everything at once', () => {
  let postgres: OwnServer;
  let redis: OwnServer;
  let stack: Stack;
  let used = 0;

  beforeAll(async () => {
    [postgres, redis] = await Promise.all([OwnServer.postgres(), OwnServer.redis()]);
    stack = await Stack.start({
      workers: WORKERS,
      environment: SHORT_LEASES,
      services: {
        databaseUrl: postgres.url,
        redisUrl: redis.url,
        redisPrefix: 'caudal',
        release: () => Promise.resolve(),
      },
    });
  });

  afterAll(async () => {
    await stack.stop();
    await Promise.all([postgres.stop(), redis.stop()]);
  });

  beforeEach(async () => {
    keepLogsOnFailure(stack);
    await stack.simulator.clearLedger();
  });

  async function begin(latencyMs: number): Promise<string> {
    const channelId = await stack.createChannel({ latencyMs, jitterMs: latencyMs, statusDelayMs: 20 });
    const campaignId = await stack.createCampaign(MESSAGES, channelId, used);
    used += MESSAGES;
    await stack.start(campaignId);
    return campaignId;
  }

  async function cutThePower(): Promise<void> {
    await Promise.all([stack.killAll(), redis.kill(), postgres.kill()]);
    await Promise.all([postgres.start(), redis.start()]);
    await Promise.all([stack.startFront(), ...Array.from({ length: WORKERS }, () => stack.startWorker())]);
  }

  it.each(seeds)(
    'F-05 kill -9 of all processes, Redis and Postgres: the campaign goes on by itself [seed %i]',
    async (seed) => {
      const dice = new Dice('F-05', seed);
      const campaignId = await begin(60);
      await untilCalls(stack, campaignId, Math.round(MESSAGES * dice.between(0.2, 0.6)));
      const calls = await callCounter(stack, campaignId);
      await cutThePower();
      const recoveredMs = await untilMore(calls, MESSAGES);
      const { progress, ledger, unknownNeverHeard } = await closeBooks(dice, stack, campaignId, {
        'recovered ms': recoveredMs,
      });
      expect(progress.unknown).toBe(unknownNeverHeard);
      expect(ledger.accepted + progress.unknown).toBe(MESSAGES);
      expect(progress.unknown).toBeLessThanOrEqual(WORKERS * MAX_OPEN_CALLS);
    },
  );

  it.each(isFull ? seeds : [])(
    'F-55 a paused campaign is still paused after everything was killed, and sends nothing [seed %i]',
    async (seed) => {
      const dice = new Dice('F-55', seed);
      const campaignId = await begin(60);
      await untilCalls(stack, campaignId, Math.round(MESSAGES * dice.between(0.2, 0.6)));
      await stack.api.post(`/api/campaigns/${campaignId}/queue-pause`);
      await untilStatus(stack, campaignId, 'paused');
      const calls = await callCounter(stack, campaignId);
      const callsAtPaused = await calls();
      await cutThePower();
      // Long enough for every tick that could ring a bell.
      await delay(2500);
      expect((await stack.status(campaignId)).status).toBe('paused');
      expect(await calls()).toBe(callsAtPaused);
      await stack.api.post(`/api/campaigns/${campaignId}/queue-resume`);
      const recoveredMs = await untilMore(calls, MESSAGES);
      const { ledger } = await closeBooks(dice, stack, campaignId, {
        'calls while paused': 0,
        'recovered ms': recoveredMs,
      });
      expect(ledger.accepted).toBe(MESSAGES);
    },
  );
});
