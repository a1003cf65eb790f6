import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fullAudit } from '../support/auditor.js';
import { Stack } from '../support/stack.js';
import { Dice, isFull, isSoak, seeds } from './dice.js';
import { OwnServer } from './own-server.js';
import { keepLogsOnFailure, SHORT_LEASES, untilCalls, untilStatus } from './scene.js';

const MESSAGES = 1000;
/** Several ticks of everything that could send. */
const WATCHED_MS = isSoak ? 60_000 : 3000;
const WAIT = { timeout: 60_000, interval: 50 };
const MASTER_KEY = '5e'.repeat(32);

describe.runIf(isFull)('a copy of a running database', () => {
  let postgres: OwnServer;
  let original: Stack;
  const copies: { stop(): Promise<void> }[] = [];

  beforeAll(async () => {
    postgres = await OwnServer.postgres();
    original = await stackOn(postgres, await OwnServer.redis());
  });

  afterAll(async () => {
    for (const copy of copies) await copy.stop();
    await original?.stop();
  });

  function stackOn(database: OwnServer, redis: OwnServer, workers = 1): Promise<Stack> {
    return Stack.start({
      workers,
      environment: { ...SHORT_LEASES, CAUDAL_MASTER_KEY: MASTER_KEY },
      services: {
        databaseUrl: database.url,
        redisUrl: redis.url,
        redisPrefix: 'caudal',
        release: async () => {
          await Promise.all([database.stop(), redis.stop()]);
        },
      },
    });
  }

  it.each(seeds)(
    'F-12 started with a Redis of its own sends nothing and says why, until an admin confirms it [seed %i]',
    async (seed) => {
      const dice = new Dice('F-12', seed);
      keepLogsOnFailure(original);
      const channelId = await original.createChannel(
        { statusDelayMs: 20, latencyMs: 100 },
        { maxInFlight: 30 },
      );
      const campaignId = await original.createCampaign(MESSAGES, channelId);
      await original.start(campaignId);
      await untilCalls(original, campaignId, Math.round(MESSAGES * dice.between(0.1, 0.5)));
      const copied = await postgres.copy();
      await untilStatus(original, campaignId, 'completed');

      const copy = await stackOn(copied, await OwnServer.redis());
      copies.push(copy);
      keepLogsOnFailure(copy);
      await expect
        .poll(async () => (await copy.status(campaignId)).reason?.code, WAIT)
        .toBe('database_restored');
      await delay(WATCHED_MS);
      expect((await copy.simulator.summary()).calls).toBe(0);
      const health = (await (await fetch(`${copy.front.baseUrl}/health`)).json()) as {
        status: string;
        components: { postgres: { reason?: string } };
      };
      expect(health).toMatchObject({
        status: 'degraded',
        components: { postgres: { reason: expect.stringContaining('held: database restored') } },
      });
      for (const process of copy.processes) {
        expect(process.output()).toContain('THIS IS NOT THE DATABASE OF THE LAST RUN');
      }

      const confirmed = await copy.api.post('/api/deployment/confirm', { reason: 'a rehearsal on a copy' });
      expect(confirmed).toMatchObject({ status: 200, body: { confirmed: true } });
      const confirmedMs = performance.now();
      await untilCalls(copy, campaignId, 1);
      const recoveredMs = performance.now() - confirmedMs;
      await untilStatus(copy, campaignId, 'completed');
      const { progress, ledger } = await fullAudit(original, campaignId);
      dice.tell({
        messages: MESSAGES,
        accepted: ledger.accepted,
        duplicates: ledger.duplicates,
        lost: progress.pending + progress.inflight,
        'calls of the copy while held': 0,
        'recovered ms': Math.round(recoveredMs),
      });
      expect(ledger.accepted).toBe(MESSAGES);
    },
  );
});
