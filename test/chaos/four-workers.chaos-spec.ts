import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { mostIn } from '../integration/queue/virtual-channel.js';
import { audit } from '../support/auditor.js';
import { Stack } from '../support/stack.js';
import { closeBooks } from './books.js';
import { callsFor, msUntilAccepted } from './call-times.js';
import { Dice, seeds, type Figures } from './dice.js';
import { callsOf, keepLogsOnFailure, SHORT_LEASES, untilCalls, untilStatus } from './scene.js';
import { TcpProxy } from './tcp-proxy.js';

const WORKERS = 4;
const FAST = 80;
const SLOW = 8;
/** More than the slow limit could let through in any second; how much more is the machine's. */
const MORE_THAN_SLOW = SLOW * 1.5;
const SECOND_MS = 1000;
/** Looked at after the second that a change may take. */
const WATCHED_MS = 2500;
const WAIT = { timeout: 120_000, interval: 50 };
const BREAKER_FAILURES = 10;
const BREAKER_OPEN_MS = 1500;
/** A busy machine may bring a call to the provider later than the next one: two that were spaced meet in a window. */
const JITTER_MS = 50;

describe('four workers on one channel', () => {
  let redisProxy: TcpProxy;
  let stack: Stack;
  let used = 0;

  beforeAll(async () => {
    redisProxy = await TcpProxy.open();
    stack = await Stack.start({
      workers: WORKERS,
      environment: {
        ...SHORT_LEASES,
        CAUDAL_BREAKER_FAILURES: String(BREAKER_FAILURES),
        CAUDAL_BREAKER_OPEN_MS: String(BREAKER_OPEN_MS),
        // So that every worker has batches of its own, however short the campaign.
        BATCH_SIZE: '20',
      },
      detours: { redis: redisProxy },
    });
  });

  afterAll(async () => {
    await stack.stop();
    await redisProxy.close();
  });

  beforeEach(async () => {
    keepLogsOnFailure(stack);
    redisProxy.pass();
    await stack.simulator.clearFaults();
    await stack.simulator.clearLedger();
  });

  const started = async (messages: number, channelId: string): Promise<string> => {
    const campaignId = await stack.createCampaign(messages, channelId, used);
    used += messages;
    await stack.start(campaignId);
    return campaignId;
  };

  /** Told by those that are stopped instead of completed. */
  const stop = async (campaignId: string, dice: Dice, more: Figures): Promise<void> => {
    await stack.api.post(`/api/campaigns/${campaignId}/queue-stop`);
    await untilStatus(stack, campaignId, 'stopped');
    const { progress, ledger } = await audit(stack, campaignId);
    const { duplicates, calls } = ledger;
    dice.tell({ messages: progress.total, calls, duplicates, unknown: progress.unknown, ...more });
  };

  describe('feel a change within a second', () => {
    /** When the provider got the calls that came later than a second after the answer to the change. */
    const receivedAfter = async (
      campaignId: string,
      path: string,
      change: object,
    ): Promise<readonly number[]> => {
      const { status } = await stack.api.patch(path, change);
      expect(status).toBe(200);
      const fromMs = Date.now() + SECOND_MS;
      await expect.poll(() => Date.now(), WAIT).toBeGreaterThan(fromMs + WATCHED_MS);
      const calls = await callsFor(stack, campaignId);
      return calls.map((call) => call.receivedAtMs).filter((ms) => ms >= fromMs && ms < fromMs + WATCHED_MS);
    };

    const mostOf = (slow: readonly number[], fast: readonly number[]): Figures => ({
      'most in a second, slowed': mostIn(slow, SECOND_MS - JITTER_MS),
      'most in a second, at speed': mostIn(fast, SECOND_MS - JITTER_MS),
    });

    it.each(seeds)('F-60 of the channel’s limits, down and up again [seed %i]', async (seed) => {
      const dice = new Dice('F-60', seed);
      const channelId = await stack.createChannel({}, { perSecond: FAST });
      const campaignId = await started(2000, channelId);
      await untilCalls(stack, campaignId, FAST);
      const path = `/api/channels/${channelId}`;

      const slow = await receivedAfter(campaignId, path, { limits: { perSecond: SLOW } });
      expect(mostIn(slow, SECOND_MS - JITTER_MS)).toBeLessThanOrEqual(SLOW);
      expect(slow.length).toBeGreaterThan(0);

      const fast = await receivedAfter(campaignId, path, { limits: { perSecond: FAST } });
      expect(mostIn(fast, SECOND_MS - JITTER_MS)).toBeLessThanOrEqual(FAST);
      expect(mostIn(fast, SECOND_MS)).toBeGreaterThan(MORE_THAN_SLOW);
      await stop(campaignId, dice, mostOf(slow, fast));
    });

    it.each(seeds)('F-60 of the campaign’s own rate, down and up again [seed %i]', async (seed) => {
      const dice = new Dice('F-60', seed);
      const channelId = await stack.createChannel({}, { perSecond: FAST });
      const campaignId = await started(2000, channelId);
      await untilCalls(stack, campaignId, FAST);
      const path = `/api/campaigns/${campaignId}/rate`;

      const slow = await receivedAfter(campaignId, path, { ratePerSecond: SLOW });
      expect(mostIn(slow, SECOND_MS - JITTER_MS)).toBeLessThanOrEqual(SLOW);
      expect(slow.length).toBeGreaterThan(0);

      const fast = await receivedAfter(campaignId, path, { ratePerSecond: FAST / 2 });
      expect(mostIn(fast, SECOND_MS - JITTER_MS)).toBeLessThanOrEqual(FAST / 2);
      expect(mostIn(fast, SECOND_MS)).toBeGreaterThan(MORE_THAN_SLOW);
      await stop(campaignId, dice, mostOf(slow, fast));
    });
  });

  it.each(seeds)(
    'F-49 stop at the tenth failure in a row, send one probe at a time, and go on when one is answered well [seed %i]',
    async (seed) => {
      const dice = new Dice('F-49', seed);
      const messages = 60;
      // One call at a time: the eleventh cannot have begun before the tenth is known to have failed.
      const channelId = await stack.createChannel({}, { maxInFlight: 1 });
      const campaignId = await stack.createCampaign(messages, channelId, used);
      used += messages;
      await stack.simulator.addFault({ kind: 'error', status: 500, processed: false });
      await stack.start(campaignId);
      await expect.poll(async () => (await stack.status(campaignId)).reason?.code, WAIT).toBe('breaker_open');
      // From here on nothing but the breaker keeps the workers from sending many at once.
      await stack.api.patch(`/api/channels/${channelId}`, { limits: {} });
      await untilCalls(stack, campaignId, BREAKER_FAILURES + 2);
      await stack.simulator.clearFaults();
      const endedMs = Date.now();
      await untilStatus(stack, campaignId, 'completed');

      const calls = await callsFor(stack, campaignId);
      const failed = calls.filter((call) => !call.accepted).map((call) => call.receivedAtMs);
      const good = calls.filter((call) => call.accepted).map((call) => call.receivedAtMs);
      const probes = [...failed.slice(BREAKER_FAILURES), good[0]!];
      const before = failed.slice(BREAKER_FAILURES - 1);
      expect(probes.length).toBeGreaterThanOrEqual(3);
      probes.forEach((probe, nth) => expect(probe - before[nth]!).toBeGreaterThanOrEqual(BREAKER_OPEN_MS));

      const { progress, ledger } = await closeBooks(dice, stack, campaignId, {
        'recovered ms': Math.round(good[0]! - endedMs),
        probes: probes.length,
      });
      // What a 500 means nobody can tell: those are left alone, and nobody else was touched by the outage.
      expect([progress.unknown, ledger.accepted]).toEqual([failed.length, messages - failed.length]);
    },
  );

  it.each(seeds)(
    'F-60 give nothing for free when Redis is wiped with a day’s limit nearly spent [seed %i]',
    async (seed) => {
      const dice = new Dice('F-60', seed);
      const perDay = 100;
      // Two calls at a time, a fifth of a second each: slow enough to pause in the middle, and nothing spaces the calls,
      // so a busy machine loses no slots to calls that come late.
      const channelId = await stack.createChannel({ latencyMs: 200 }, { maxInFlight: 2, perDay });
      const campaignId = await started(200, channelId);
      const dispatchId = await stack.dispatchOf(campaignId);
      /** Slots of the day that were used: one each time that a message passes its barrier, sent or handed back. */
      const slotsUsed = async (): Promise<number> => {
        const [row] = await stack.ledger.sql.query<{ begun: number }>(
          'SELECT sum(attempt)::int AS begun FROM messages WHERE dispatch_id = $1',
          [dispatchId],
        );
        return row!.begun;
      };
      await untilCalls(stack, campaignId, perDay / 2);
      await stack.api.post(`/api/campaigns/${campaignId}/queue-pause`);
      await untilStatus(stack, campaignId, 'paused');
      expect(await slotsUsed()).toBeLessThan(perDay);
      const calls = await callsOf(stack, campaignId);
      await stack.wipeRedis();
      await stack.api.post(`/api/campaigns/${campaignId}/queue-resume`);
      await expect.poll(async () => (await stack.status(campaignId)).reason?.code, WAIT).toBe('limit_spent');
      // Two ticks of every loop that could still send.
      await stack.ledger.sql.query('SELECT pg_sleep(2)');
      expect(await slotsUsed()).toBeLessThanOrEqual(perDay);
      expect(await slotsUsed()).toBeGreaterThan(perDay * 0.9);
      expect(await callsOf(stack, campaignId)).toBeGreaterThan(calls);
      expect(await callsOf(stack, campaignId)).toBeLessThanOrEqual(perDay);
      await stop(campaignId, dice, { 'slots of the day': perDay, 'slots used': await slotsUsed() });
    },
  );

  it.each(seeds)(
    'send nothing while Redis cannot be reached, say so, and go on by themselves [seed %i]',
    async (seed) => {
      const dice = new Dice('Redis away', seed);
      const messages = 300;
      const channelId = await stack.createChannel({}, { perSecond: FAST });
      const campaignId = await started(messages, channelId);
      await untilCalls(stack, campaignId, FAST / 2);
      redisProxy.refuse();
      redisProxy.cut();
      const awayMs = performance.now();
      await expect
        .poll(async () => (await stack.status(campaignId)).reason?.code, WAIT)
        .toBe('redis_unreachable');
      // What was granted before was sent within half a second; by now that is over.
      await expect.poll(async () => (await stack.status(campaignId)).progress['inflight'], WAIT).toBe(0);
      const stoppedMs = Math.round(performance.now() - awayMs);
      const calls = await callsOf(stack, campaignId);
      expect(calls).toBeLessThan(messages);
      // Two ticks of every loop that could still send.
      await stack.ledger.sql.query('SELECT pg_sleep(2)');
      expect(await callsOf(stack, campaignId)).toBe(calls);
      redisProxy.pass();
      const backMs = Date.now();
      await untilStatus(stack, campaignId, 'completed');
      const { ledger, progress } = await closeBooks(dice, stack, campaignId, {
        'stopped ms': stoppedMs,
        'recovered ms': msUntilAccepted(await callsFor(stack, campaignId), backMs),
      });
      expect([ledger.accepted, progress.unknown]).toEqual([messages, 0]);
    },
  );
});
