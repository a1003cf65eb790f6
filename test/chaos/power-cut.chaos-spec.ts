import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fullAudit } from '../support/auditor.js';
import { Stack } from '../support/stack.js';
import { Dice, isFull, seeds } from './dice.js';
import { OwnServer } from './own-server.js';
import {
  callsOf,
  keepLogsOnFailure,
  MAX_OPEN_CALLS,
  SHORT_LEASES,
  untilCalls,
  untilStatus,
} from './scene.js';

const WORKERS = 2;
const MESSAGES = isFull ? 8000 : 3000;

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
      await cutThePower();
      await untilStatus(stack, campaignId, 'completed');
      const { progress, ledger, unknownNeverHeard } = await fullAudit(stack, campaignId);
      dice.tell({
        messages: MESSAGES,
        accepted: ledger.accepted,
        duplicates: ledger.duplicates,
        unknown: progress.unknown,
        'of them never heard of': unknownNeverHeard,
      });
      expect(progress.pending).toBe(0);
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
      const callsAtPaused = await callsOf(stack, campaignId);
      await cutThePower();
      // Long enough for every tick that could ring a bell.
      await delay(2500);
      expect((await stack.status(campaignId)).status).toBe('paused');
      expect(await callsOf(stack, campaignId)).toBe(callsAtPaused);
      await stack.api.post(`/api/campaigns/${campaignId}/queue-resume`);
      await untilStatus(stack, campaignId, 'completed');
      const { ledger } = await fullAudit(stack, campaignId);
      dice.tell({ messages: MESSAGES, 'calls while paused': 0, accepted: ledger.accepted });
      expect(ledger.accepted).toBe(MESSAGES);
    },
  );
});
