import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { audit, fullAudit } from '../support/auditor.js';
import { closeBooks } from './books.js';
import { Stack } from '../support/stack.js';
import { callsFor, msUntilAccepted } from './call-times.js';
import { Dice, isFull, isSoak, seeds } from './dice.js';
import { callsOf, keepLogsOnFailure, SHORT_LEASES, untilCalls, untilStatus } from './scene.js';

const CAMPAIGNS_AT_ONCE = isFull ? 3 : 2;
/** 200 in all where the catalogue's own size is asked for. */
const PAUSES_OF_EACH = isSoak ? 67 : isFull ? 8 : 3;
const PAUSED_TOTAL = isSoak ? 40_000 : isFull ? 6000 : 3000;
/** A call that a pause let through would be under way by then: flags are 200 ms old at most, bells are instant. */
const LISTEN_MS = 250;
const STOPPED_TOTAL = isSoak ? 100_000 : isFull ? 40_000 : 20_000;

interface Ordered {
  readonly status: string;
  readonly inFlight: number;
}

describe('orders of people to running campaigns', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await Stack.start({ workers: 2, environment: SHORT_LEASES });
  });

  afterAll(() => stack.stop());

  beforeEach(async () => {
    keepLogsOnFailure(stack);
    await stack.simulator.clearLedger();
  });

  it.each(seeds)(
    'F-53 pauses and resumes at full speed: once paused, the ledger grows by nothing [seed %i]',
    async (seed) => {
      const dice = new Dice('F-53', seed);
      const answersMs: number[] = [];
      const stoppedMs: number[] = [];
      const recoveredMs: number[] = [];
      const order = async (campaignId: string, verb: 'pause' | 'resume'): Promise<Ordered> => {
        const askedMs = performance.now();
        const { status, body } = await stack.api.post<Ordered>(`/api/campaigns/${campaignId}/queue-${verb}`);
        answersMs.push(performance.now() - askedMs);
        expect(status).toBe(200);
        return body;
      };
      let inFlightAtAnswers = 0;
      let heardAfterAnswers = 0;

      const pauseAgainAndAgain = async (campaignId: string): Promise<void> => {
        for (let pause = 0; pause < PAUSES_OF_EACH; pause += 1) {
          const began = await callsOf(stack, campaignId);
          await untilCalls(stack, campaignId, began + Math.round(dice.between(20, 200)));
          const orderedMs = performance.now();
          const { status, inFlight } = await order(campaignId, 'pause');
          const atAnswer = await callsOf(stack, campaignId);
          expect(['pausing', 'paused']).toContain(status);
          await untilStatus(stack, campaignId, 'paused');
          stoppedMs.push(performance.now() - orderedMs);
          const atPaused = await callsOf(stack, campaignId);
          expect(atPaused - atAnswer).toBeLessThanOrEqual(inFlight);
          await delay(LISTEN_MS);
          expect(await callsOf(stack, campaignId)).toBe(atPaused);
          inFlightAtAnswers += inFlight;
          heardAfterAnswers += atPaused - atAnswer;
          const resumedMs = performance.now();
          expect((await order(campaignId, 'resume')).status).toBe('sending');
          await untilCalls(stack, campaignId, atPaused + 1);
          recoveredMs.push(performance.now() - resumedMs);
        }
      };

      const campaignIds: string[] = [];
      for (let index = 0; index < CAMPAIGNS_AT_ONCE; index += 1) {
        const channelId = await stack.createChannel({ latencyMs: 30, statusDelayMs: 20, seed });
        campaignIds.push(await stack.createCampaign(PAUSED_TOTAL, channelId, index * 20_000));
      }
      for (const campaignId of campaignIds) await stack.start(campaignId);
      await Promise.all(campaignIds.map(pauseAgainAndAgain));
      for (const campaignId of campaignIds) await untilStatus(stack, campaignId, 'completed');

      let accepted = 0;
      let duplicates = 0;
      for (const campaignId of campaignIds) {
        const { progress, ledger } = await fullAudit(stack, campaignId);
        expect(progress.unknown + progress.pending).toBe(0);
        accepted += ledger.accepted;
        duplicates += ledger.duplicates;
      }
      expect(accepted).toBe(CAMPAIGNS_AT_ONCE * PAUSED_TOTAL);
      const p99Ms = answersMs.toSorted((a, b) => a - b)[Math.ceil(answersMs.length * 0.99) - 1]!;
      dice.tell({
        duplicates,
        lost: CAMPAIGNS_AT_ONCE * PAUSED_TOTAL - accepted,
        unknown: 0,
        'stopped ms': Math.round(Math.max(...stoppedMs)),
        'recovered ms': Math.round(Math.max(...recoveredMs)),
        pauses: PAUSES_OF_EACH * CAMPAIGNS_AT_ONCE,
        'calls after "paused"': 0,
        'calls between answer and "paused"': heardAfterAnswers,
        'in flight by the answers': inFlightAtAnswers,
        'answer p99 ms': Math.round(p99Ms),
        'slowest ms': Math.round(Math.max(...answersMs)),
        accepted,
      });
      expect(p99Ms).toBeLessThan(1000);
    },
  );

  it.each(seeds)(
    'F-62 ten starts at once are one run, and so is a start that is replayed [seed %i]',
    async (seed) => {
      const dice = new Dice('F-62', seed);
      const channelId = await stack.createChannel({ statusDelayMs: 20 });
      const campaignId = await stack.createCampaign(600, channelId, 100_000);
      const startWith = (headers: Record<string, string> = {}) =>
        stack.api.post<{ jobId?: string; code?: string }>(
          `/api/campaigns/${campaignId}/start`,
          undefined,
          headers,
        );
      const key = { 'idempotency-key': 'one-click' };
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_, index) => startWith(index % 2 === 0 ? {} : key)),
      );
      expect(answers.filter(({ status }) => status !== 202 && status !== 409)).toEqual([]);
      const jobs = new Set(answers.flatMap(({ status, body }) => (status === 202 ? [body.jobId] : [])));
      expect(jobs.size).toBe(1);
      await untilStatus(stack, campaignId, 'completed');
      const replayed = await startWith(key);
      const [runs] = await stack.ledger.sql.query<{ n: number }>(
        'SELECT count(*)::int AS n FROM dispatches WHERE campaign_id = $1',
        [campaignId],
      );
      const { progress, ledger } = await closeBooks(dice, stack, campaignId, {
        starts: answers.length + 1,
        'answered 202': answers.filter(({ status }) => status === 202).length,
        'replay answered': replayed.status,
        runs: runs!.n,
      });
      expect(runs!.n).toBe(1);
      expect(ledger.accepted).toBe(600);
      expect(progress.total).toBe(600);
    },
  );

  it.each(seeds)(
    'F-62 a stop in the middle of a huge run cancels the rest, and nothing is sent behind it [seed %i]',
    async (seed) => {
      const dice = new Dice('F-62', seed);
      const channelId = await stack.createChannel({ latencyMs: 30, statusDelayMs: 20 });
      const campaignId = await stack.createCampaign(STOPPED_TOTAL, channelId, 200_000);
      await stack.start(campaignId);
      await untilCalls(stack, campaignId, 500);
      const askedMs = performance.now();
      const { status, body } = await stack.api.post<Ordered>(`/api/campaigns/${campaignId}/queue-stop`);
      const answerMs = performance.now() - askedMs;
      const atAnswer = await callsOf(stack, campaignId);
      expect(status).toBe(200);
      await untilStatus(stack, campaignId, 'stopped');
      const stoppedMs = Math.round(performance.now() - askedMs);
      const atStopped = await callsOf(stack, campaignId);
      await delay(LISTEN_MS);
      expect(await callsOf(stack, campaignId)).toBe(atStopped);
      expect(atStopped - atAnswer).toBeLessThanOrEqual(body.inFlight);
      const { progress, ledger } = await fullAudit(stack, campaignId);
      dice.tell({
        messages: STOPPED_TOTAL,
        accepted: ledger.accepted,
        duplicates: ledger.duplicates,
        lost: STOPPED_TOTAL - ledger.accepted - progress.cancelled,
        unknown: progress.unknown,
        'stopped ms': stoppedMs,
        cancelled: progress.cancelled,
        'in flight by the answer': body.inFlight,
        'calls after the answer': atStopped - atAnswer,
        'answer ms': Math.round(answerMs),
      });
      expect(progress.pending).toBe(0);
      expect(progress.unknown).toBe(0);
      expect(progress.cancelled).toBe(STOPPED_TOTAL - ledger.accepted);
      expect(progress.cancelled).toBeGreaterThan(0);
    },
  );

  it.skipIf(!isFull).each(seeds)(
    'F-56 fifty pauses and resumes at once leave one run, in one state [seed %i]',
    async (seed) => {
      const dice = new Dice('F-56', seed);
      const channelId = await stack.createChannel({ latencyMs: 30, statusDelayMs: 20 });
      const campaignId = await stack.createCampaign(2000, channelId, 400_000);
      await stack.start(campaignId);
      await untilCalls(stack, campaignId, 50);
      const answers = await Promise.all(
        Array.from({ length: 50 }, () =>
          stack.api.post<Ordered>(
            `/api/campaigns/${campaignId}/queue-${dice.chance(0.5) ? 'pause' : 'resume'}`,
          ),
        ),
      );
      expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
      await audit(stack, campaignId);
      const [runs] = await stack.ledger.sql.query<{ n: number }>(
        'SELECT count(*)::int AS n FROM dispatches WHERE campaign_id = $1',
        [campaignId],
      );
      await stack.api.post(`/api/campaigns/${campaignId}/queue-resume`);
      const resumedMs = Date.now();
      await untilStatus(stack, campaignId, 'completed');
      const { ledger } = await closeBooks(dice, stack, campaignId, {
        'recovered ms': msUntilAccepted(await callsFor(stack, campaignId), resumedMs),
        orders: answers.length,
        'answered 200': answers.filter(({ status }) => status === 200).length,
      });
      expect(runs!.n).toBe(1);
      expect(ledger.accepted).toBe(2000);
    },
  );
});
