import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { LedgerEntry } from '../../src/simulator/control-client.js';
import { mostIn } from '../integration/queue/virtual-channel.js';
import { audit, fullAudit } from '../support/auditor.js';
import { Stack } from '../support/stack.js';
import { closeBooks } from './books.js';
import { callsFor, msUntilAccepted } from './call-times.js';
import { Dice, isFull, isSoak, seeds } from './dice.js';
import { keepLogsOnFailure, SHORT_LEASES, untilCalls, untilStatus } from './scene.js';

const WORKERS = 8;
const SECOND_MS = 1000;
const BREAKER_OPEN_MS = 1000;
const OUTAGE_MS = isSoak ? 600_000 : 3500;
const HERD = 5;
const HERD_TOTAL = isSoak ? 5000 : 60;
const HERD_PER_SECOND = 200;
const CHANNELS = 20;
const WORKERS_OF_MANY = 2;
const OF_EACH = isSoak ? 1200 : 60;
const PER_SECOND = 10;
const LIMITED_TOTAL = isSoak ? 72_000 : 120;
/** Of what the limit allows: asked of a box of one's own; elsewhere the figure is told, and only a standstill fails. */
const LEAST_SHARE = isSoak ? 0.95 : 0.5;
/** A busy machine may bring a call to the provider later than the next one: two that were spaced meet in a window. */
const JITTER_MS = 50;
const WAIT = { timeout: 120_000, interval: 50 };

const instantsOf = (calls: readonly LedgerEntry[]): number[] => calls.map(({ receivedAtMs }) => receivedAtMs);

/** Calls a second, from the first to the last. */
function meanRate(calls: readonly LedgerEntry[]): number {
  const [first, last] = [calls[0]!.receivedAtMs, calls.at(-1)!.receivedAtMs];
  return ((calls.length - 1) * SECOND_MS) / (last - first);
}

// Two hours of greedy callers are in virtual time: test/integration/queue/throttle.int-spec.ts and script/bench throttle.
describe.runIf(isFull)('limits, with eight workers', () => {
  let stack: Stack;
  let used = 0;

  beforeAll(async () => {
    stack = await Stack.start({
      workers: WORKERS,
      environment: {
        ...SHORT_LEASES,
        CAUDAL_BREAKER_OPEN_MS: String(BREAKER_OPEN_MS),
        // So that every worker has batches of its own, however short the campaign.
        BATCH_SIZE: '5',
        // Eight workers with the usual pools are more than the Postgres of the tests takes.
        CAUDAL_DATABASE_POOL: '4',
        CAUDAL_SEND_POOL: '5',
        CAUDAL_INTAKE_POOL: '2',
        CAUDAL_REPORT_POOL: '2',
      },
    });
  });

  afterAll(() => stack?.stop());

  beforeEach(async () => {
    keepLogsOnFailure(stack);
    await stack.simulator.clearFaults();
    await stack.simulator.clearLedger();
  });

  async function started(messages: number, channelId: string): Promise<string> {
    const campaignId = await stack.createCampaign(messages, channelId, used);
    used += messages;
    await stack.start(campaignId);
    return campaignId;
  }

  it.each(seeds)(
    'F-49 behind an outage the breaker probes one at a time, and those who waited do not fall upon the provider [seed %i]',
    async (seed) => {
      const dice = new Dice('F-49', seed);
      const channelId = await stack.createChannel(
        { statusDelayMs: 20, seed },
        { perSecond: HERD_PER_SECOND },
      );
      const breaker = async (): Promise<string> =>
        (await stack.api.get<{ breaker: string }>(`/api/channels/${channelId}/status`)).body.breaker;
      const campaignIds = [await started(HERD_TOTAL, channelId)];
      await untilCalls(stack, campaignIds[0]!, 5);
      await stack.simulator.addFault({
        kind: 'error',
        status: dice.pick([500, 502, 503]),
        processed: false,
      });
      const brokenMs = Date.now();
      while (campaignIds.length < HERD) campaignIds.push(await started(HERD_TOTAL, channelId));
      await expect.poll(breaker, WAIT).not.toBe('closed');
      const openedMs = Date.now();
      await delay(OUTAGE_MS);
      await stack.simulator.clearFaults();
      const endedMs = Date.now();
      for (const campaignId of campaignIds) await untilStatus(stack, campaignId, 'completed');

      const calls: LedgerEntry[] = [];
      let unknown = 0;
      let duplicates = 0;
      for (const campaignId of campaignIds) {
        const books = await fullAudit(stack, campaignId);
        unknown += books.progress.unknown;
        duplicates += books.ledger.duplicates;
        expect(books.progress.failed + books.progress.pending).toBe(0);
        calls.push(...(await callsFor(stack, campaignId)));
      }
      calls.sort((a, b) => a.receivedAtMs - b.receivedAtMs);
      const refused = instantsOf(calls.filter(({ accepted }) => !accepted));
      // What was on its way when it opened may still have come.
      const probes = refused.filter((ms) => ms > openedMs + BREAKER_OPEN_MS / 2);
      const gaps = probes.slice(1).map((ms, nth) => ms - probes[nth]!);
      const behind = instantsOf(
        calls.filter(({ accepted, receivedAtMs }) => accepted && receivedAtMs >= endedMs),
      );
      const inFirstSecond = behind.filter((ms) => ms < behind[0]! + SECOND_MS).length;
      dice.tell({
        messages: HERD * HERD_TOTAL,
        calls: calls.length,
        accepted: calls.length - refused.length,
        duplicates,
        lost: HERD * HERD_TOTAL - calls.length,
        unknown,
        'stopped ms': openedMs - brokenMs,
        'recovered ms': msUntilAccepted(calls, endedMs),
        probes: probes.length,
        'calls in the first second behind it': inFirstSecond,
        'most in a second behind it': mostIn(behind, SECOND_MS - JITTER_MS),
      });
      expect(probes.length).toBeGreaterThan(0);
      expect(gaps.filter((gapMs) => gapMs < BREAKER_OPEN_MS)).toEqual([]);
      // What a 500 means nobody can tell; nobody else was touched, and nobody was called twice.
      expect(unknown).toBe(refused.length);
      expect(calls.length).toBe(HERD * HERD_TOTAL);
      // It begins at a tenth of its rate and climbs.
      expect(inFirstSecond).toBeLessThanOrEqual(HERD_PER_SECOND / 2);
      expect(mostIn(behind, SECOND_MS - JITTER_MS)).toBeLessThanOrEqual(HERD_PER_SECOND);
    },
    isSoak ? 1_800_000 : undefined,
  );

  it.each(seeds)(
    'F-60 10 a second, 600 a minute and 36,000 an hour: never above, and used [seed %i]',
    async (seed) => {
      const dice = new Dice('F-60', seed);
      const limits = { perSecond: PER_SECOND, perMinute: 600, perHour: 36_000 };
      const channelId = await stack.createChannel({ statusDelayMs: 20, seed }, limits);
      const campaignId = await started(LIMITED_TOTAL, channelId);
      await expect
        .poll(async () => (await stack.status(campaignId)).status, { timeout: 8_000_000, interval: 500 })
        .toBe('completed');
      const calls = await callsFor(stack, campaignId);
      const instants = instantsOf(calls);
      const most = {
        second: mostIn(instants, SECOND_MS - JITTER_MS),
        minute: mostIn(instants, 60 * SECOND_MS - JITTER_MS),
        hour: mostIn(instants, 3600 * SECOND_MS - JITTER_MS),
      };
      const share = meanRate(calls) / PER_SECOND;
      const { ledger } = await closeBooks(dice, stack, campaignId, {
        'most in a second': most.second,
        'most in a minute': most.minute,
        'mean, % of the limit': Math.round(share * 100),
      });
      expect(most.second).toBeLessThanOrEqual(limits.perSecond);
      expect(most.minute).toBeLessThanOrEqual(limits.perMinute);
      expect(most.hour).toBeLessThanOrEqual(limits.perHour);
      expect(ledger.accepted).toBe(LIMITED_TOTAL);
      expect(share).toBeGreaterThanOrEqual(LEAST_SHARE);
    },
    isSoak ? 9_000_000 : undefined,
  );

  it.each(seeds)(
    'F-50 one channel of twenty is bad, and the others keep their rate [seed %i]',
    async (seed) => {
      const dice = new Dice('F-50', seed);
      // More processes than cores would be what holds the others up.
      while (stack.workers.length > WORKERS_OF_MANY) await stack.killWorker(stack.workers[0]!);
      const badNumber = '155570000000050';
      const settings = { statusDelayMs: 20, seed };
      const bad = await stack.createChannel(
        { ...settings, phoneNumberId: badNumber },
        { perSecond: PER_SECOND },
      );
      const fault = dice.pick([
        { kind: 'hang', processed: false },
        { kind: 'error', status: 503, processed: false },
        { kind: 'resetBeforeRead' },
      ] as const);
      const badCampaign = await started(OF_EACH, bad);
      // The provider knows a number from its first call on.
      await untilCalls(stack, badCampaign, 1);
      await stack.simulator.addFault({ ...fault, phoneNumberId: badNumber, rate: 1 });
      const campaignIds: string[] = [];
      for (let other = 1; other < CHANNELS; other += 1) {
        const channelId = await stack.createChannel(settings, { perSecond: PER_SECOND });
        campaignIds.push(await started(OF_EACH, channelId));
      }
      for (const campaignId of campaignIds) await untilStatus(stack, campaignId, 'completed');
      await stack.api.post(`/api/campaigns/${badCampaign}/queue-stop`);
      await untilStatus(stack, badCampaign, 'stopped');
      await stack.simulator.clearFaults();

      const shares: number[] = [];
      let duplicates = 0;
      for (const campaignId of campaignIds) {
        const { ledger, progress } = await fullAudit(stack, campaignId);
        duplicates += ledger.duplicates;
        expect([ledger.accepted, progress.unknown]).toEqual([OF_EACH, 0]);
        shares.push(meanRate(await callsFor(stack, campaignId)) / PER_SECOND);
      }
      const { progress } = await audit(stack, badCampaign);
      dice.tell({
        messages: OF_EACH * CHANNELS,
        duplicates,
        lost: progress.pending + progress.inflight,
        unknown: progress.unknown,
        'the bad one': fault.kind,
        'slowest of the others, % of its rate': Math.round(Math.min(...shares) * 100),
        'mean of the others, %': Math.round(
          (shares.reduce((sum, one) => sum + one, 0) / shares.length) * 100,
        ),
      });
      expect(Math.min(...shares)).toBeGreaterThanOrEqual(LEAST_SHARE);
    },
    isSoak ? 600_000 : undefined,
  );
});
