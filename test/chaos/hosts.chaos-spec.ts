import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { closeBooks } from './books.js';
import { Dice, type Figures, isFull, isSoak, seeds } from './dice.js';
import { HostsStage, noHosts } from './hosts-stage.js';
import { callsOf, LEASE_MS, MAX_OPEN_CALLS, untilCalls, untilStatus } from './scene.js';

const PER_SECOND = 200;
const SCHEDULED = 600;
const PARTED_MS = isSoak ? 60_000 : LEASE_MS + 1500;
const LATENCY_MS = 300;
/** What one process can send in that time, and some seconds' worth on both sides of it. */
const PARTED_MESSAGES = Math.round((PARTED_MS / LATENCY_MS) * MAX_OPEN_CALLS) + 1500;
/** A busy machine brings calls late, and so two seconds' worth nearer together; two limits would be twice the one. */
const ONE_LIMIT = 1.5;
const WAIT = { timeout: 60_000, interval: 25 };

describe.runIf(isFull && noHosts === undefined)('two copies of the whole program on two hosts', () => {
  const stage = HostsStage.set();

  const mostPerSecond = async (campaignId: string): Promise<Figures> => {
    await untilStatus(stage.stack, campaignId, 'completed');
    const callbackPrefix = `${await stage.stack.dispatchOf(campaignId)}:`;
    return { 'most in a second': (await stage.stack.simulator.summary({ callbackPrefix })).mostPerSecond };
  };

  it.each(seeds)(
    'F-10 started by mistake on one database and Redis: a campaign that is due is sent once, within the limit [seed %i]',
    async (seed) => {
      const dice = new Dice('F-10', seed);
      const { stack, hosts } = stage;
      const before = hosts.map((host) => host.ways.provider.lastHeardMs);
      const campaignId = await stage.createCampaign(
        SCHEDULED,
        { statusDelayMs: 20 },
        { perSecond: PER_SECOND },
      );
      const dueMs = Date.now() + Math.round(dice.between(700, 1700));
      const { status } = await stack.api.patch(`/api/campaigns/${campaignId}`, {
        scheduledAt: new Date(dueMs).toISOString(),
      });
      expect(status).toBe(200);
      await untilCalls(stack, campaignId, 1);
      const startedMs = Date.now() - dueMs;
      const { progress, ledger } = await closeBooks(dice, stack, campaignId, {
        ...(await mostPerSecond(campaignId)),
        'started late ms': startedMs,
      });
      expect(hosts.map((host, nth) => host.ways.provider.lastHeardMs > before[nth]!)).toEqual([true, true]);
      expect([ledger.accepted, progress.unknown, progress.failed]).toEqual([SCHEDULED, 0, 0]);
      expect(ledger.mostPerSecond).toBeLessThan(PER_SECOND * ONE_LIMIT);
    },
  );

  it.each(seeds)(
    'F-10 a host that loses Postgres and Redis for longer than a lease sends nothing more, and nothing twice when it is back [seed %i]',
    async (seed) => {
      const dice = new Dice('F-10', seed);
      const { stack } = stage;
      const { ways } = dice.pick(stage.hosts);
      const campaignId = await stage.createCampaign(PARTED_MESSAGES, {
        statusDelayMs: 20,
        latencyMs: LATENCY_MS,
      });
      await stack.start(campaignId);
      await untilCalls(stack, campaignId, Math.round(PER_SECOND * dice.between(0.5, 2)));
      await expect.poll(() => performance.now() - ways.provider.lastHeardMs, WAIT).toBeLessThan(500);

      // Its way to the provider stays: whatever it still does would be seen there.
      const partedMs = performance.now();
      ways.postgres.stall();
      ways.redis.stall();
      await delay(PARTED_MS / 2);
      const stoppedMs = Math.max(0, ways.provider.lastHeardMs - partedMs);
      const callsOfOther = await callsOf(stack, campaignId);
      await delay(PARTED_MS / 2);
      expect(Math.max(0, ways.provider.lastHeardMs - partedMs), 'sent after it had stopped').toBe(stoppedMs);
      expect(await callsOf(stack, campaignId)).toBeGreaterThan(callsOfOther);
      // What hung on a dead way is reset when the way is back, as a router does that has forgotten them.
      ways.postgres.cut();
      ways.redis.cut();
      ways.postgres.pass();
      ways.redis.pass();
      const rejoinedMs = performance.now();
      await expect.poll(() => ways.provider.lastHeardMs, WAIT).toBeGreaterThan(rejoinedMs);
      const recoveredMs = ways.provider.lastHeardMs - rejoinedMs;

      const { progress, ledger } = await closeBooks(dice, stack, campaignId, {
        'stopped ms': Math.round(stoppedMs),
        'recovered ms': Math.round(recoveredMs),
      });
      expect(ledger.accepted + progress.unknown).toBe(PARTED_MESSAGES);
      expect(progress.unknown).toBeLessThanOrEqual(MAX_OPEN_CALLS);
      expect(stoppedMs).toBeLessThan(LEASE_MS);
    },
    PARTED_MS + 120_000,
  );
});
