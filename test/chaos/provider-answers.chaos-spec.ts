import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ScriptedFault } from '../../src/simulator/control-client.js';
import type { FullAudit } from '../support/auditor.js';
import { Stack } from '../support/stack.js';
import { closeBooks } from './books.js';
import { callsFor, msUntilAccepted, msUntilSilence } from './call-times.js';
import { Dice, isFull, isSoak, seeds, type Figures } from './dice.js';
import { callsOf, keepLogsOnFailure, SHORT_LEASES, untilCalls, untilStatus } from './scene.js';

const MESSAGES = 600;
const PER_SECOND = 200;
/** Calls in a row that end badly before the breaker opens. */
const BREAKER_AT = 10;
/** A few at a time, so that the breaker stays closed: what opens it is proved below. */
const THROUGH_THE_BREAKER = BREAKER_AT - 2;
const RETRY_AFTER_SECONDS = isSoak ? 30 : 3;
const PAGES_MS = isSoak ? 60_000 : 3000;
const TOO_FAST_MS = isSoak ? 300_000 : 3000;
const WAIT = { timeout: 20_000, interval: 20 };
/** A second and a half without a call is no pace that a channel of this spec has by itself. */
const SILENCE_MS = 1500;

interface Begun {
  readonly channelId: string;
  readonly campaignId: string;
}

// What one answer means is proved for every driver by the contract tests; here, what becomes of a campaign.
describe.runIf(isFull)('answers of the provider', () => {
  let stack: Stack;
  let used = 0;

  beforeAll(async () => {
    stack = await Stack.start({ workers: 2, environment: SHORT_LEASES });
  });

  afterAll(() => stack.stop());

  beforeEach(async () => {
    keepLogsOnFailure(stack);
    await stack.simulator.clearFaults();
    await stack.simulator.clearLedger();
  });

  async function begin(seed: number): Promise<Begun> {
    const channelId = await stack.createChannel({ statusDelayMs: 20, seed }, { perSecond: PER_SECOND });
    const campaignId = await stack.createCampaign(MESSAGES, channelId, used);
    used += MESSAGES;
    await stack.start(campaignId);
    await untilCalls(stack, campaignId, MESSAGES * 0.1);
    return { channelId, campaignId };
  }

  async function conclude(dice: Dice, campaignId: string, more: Figures = {}): Promise<FullAudit> {
    await untilStatus(stack, campaignId, 'completed');
    const { mostPerSecond } = await stack.simulator.summary();
    const books = await closeBooks(dice, stack, campaignId, { ...more, 'most in a second': mostPerSecond });
    expect(books.progress.pending).toBe(0);
    expect(books.ledger.mostPerSecond).toBeLessThanOrEqual(PER_SECOND);
    return books;
  }

  async function triesOf(campaignId: string): Promise<number> {
    const [row] = await stack.ledger.sql.query<{ tries: number }>(
      'SELECT sum(tries)::int AS tries FROM messages WHERE dispatch_id = $1',
      [await stack.dispatchOf(campaignId)],
    );
    return row!.tries;
  }

  const untilReason = async (campaignId: string, code: string): Promise<void> => {
    await expect.poll(async () => (await stack.status(campaignId)).reason?.code, WAIT).toBe(code);
  };

  const breakerOf = async (channelId: string): Promise<string> =>
    (await stack.api.get<{ breaker: string }>(`/api/channels/${channelId}/status`)).body.breaker;

  /** Holds for so long; what came of it is told with the books. */
  async function during(fault: ScriptedFault, forMs: number): Promise<number> {
    await stack.simulator.addFault(fault);
    await delay(forMs);
    await stack.simulator.clearFaults();
    return Date.now();
  }

  const AMBIGUOUS: readonly [string, string, ScriptedFault][] = [
    ['F-36', 'an answer that comes after twice the time-out', { kind: 'latency', delayMs: 2000 }],
    ['F-37', 'an error 500 after the message was taken', { kind: 'error', status: 500, processed: true }],
    ['F-46', 'a 200 without an id', { kind: 'emptyId' }],
    ['F-46', 'a 200 whose body is not JSON', { kind: 'status200BadJson' }],
    ['F-46', 'a 200 of fifty megabytes', { kind: 'hugeBody', bytes: 50_000_000 }],
    ['F-46', 'a 200 in a character set that nobody reads', { kind: 'wrongCharset' }],
  ];

  it.each(
    AMBIGUOUS.flatMap(([code, what, fault]) => seeds.map((seed) => [code, what, seed, fault] as const)),
  )(
    '%s %s is unknown, never sent again, and accepted by its webhook [seed %i]',
    async (code, _what, seed, fault) => {
      const dice = new Dice(code, seed);
      const { campaignId } = await begin(seed);
      await stack.simulator.addFault({ ...fault, count: THROUGH_THE_BREAKER });
      const { progress, ledger } = await conclude(dice, campaignId);
      expect(ledger.calls).toBe(MESSAGES);
      expect(ledger.accepted).toBe(MESSAGES);
      expect(progress.unknown + progress.failed).toBe(0);
    },
  );

  it.each(seeds)(
    'F-38 pages of a gateway are unknown, open the breaker, and nothing is sent again by itself [seed %i]',
    async (seed) => {
      const dice = new Dice('F-38', seed);
      const { channelId, campaignId } = await begin(seed);
      await stack.simulator.addFault({
        kind: 'page502',
        status: dice.pick([502, 503, 504]),
        processed: false,
      });
      await expect.poll(() => breakerOf(channelId), WAIT).not.toBe('closed');
      await delay(PAGES_MS);
      await stack.simulator.clearFaults();
      const endedMs = Date.now();
      await untilStatus(stack, campaignId, 'completed');
      const calls = await callsFor(stack, campaignId);
      const { progress, ledger } = await conclude(dice, campaignId, {
        // A probe goes out each half a second.
        'stopped ms': msUntilSilence(calls, 300),
        'recovered ms': msUntilAccepted(calls, endedMs),
      });
      expect(progress.unknown).toBeGreaterThanOrEqual(BREAKER_AT);
      // What was on its way when the tenth failed, and one probe at a time.
      expect(progress.unknown).toBeLessThanOrEqual(PER_SECOND / 2 + PAGES_MS / 500);
      expect(ledger.accepted + progress.unknown).toBe(MESSAGES);
    },
  );

  it.each(seeds)(
    'F-39 a 429 with Retry-After makes the whole channel wait, and costs no try [seed %i]',
    async (seed) => {
      const dice = new Dice('F-39', seed);
      const { campaignId } = await begin(seed);
      const wait = { status: 429, code: 130429, retryAfterSeconds: RETRY_AFTER_SECONDS };
      await stack.simulator.addFault({ kind: 'error', ...wait, count: 1 });
      await untilReason(campaignId, 'throttled');
      await untilStatus(stack, campaignId, 'completed');
      const calls = await callsFor(stack, campaignId);
      const refusedMs = calls.find(({ accepted }) => !accepted)!.receivedAtMs;
      // What was granted before the answer came is on its way; then nobody calls until the time is over.
      const endMs = refusedMs + RETRY_AFTER_SECONDS * 1000;
      const late = calls.filter(
        (call) => call.receivedAtMs > refusedMs + SILENCE_MS && call.receivedAtMs < endMs,
      );
      const tries = await triesOf(campaignId);
      const { ledger, progress } = await conclude(dice, campaignId, {
        'stopped ms': msUntilSilence(calls, SILENCE_MS),
        'recovered ms': msUntilAccepted(calls, endMs),
        tries,
      });
      expect(late).toEqual([]);
      expect(ledger.accepted).toBe(MESSAGES);
      expect(progress.failed + progress.unknown + tries).toBe(0);
    },
  );

  it.each(seeds)(
    'F-40 a 429 that says nothing, again and again: backing off, and through [seed %i]',
    async (seed) => {
      const dice = new Dice('F-40', seed);
      const { campaignId } = await begin(seed);
      const endedMs = await during({ kind: 'error', status: 429, code: 130429 }, TOO_FAST_MS);
      await untilStatus(stack, campaignId, 'completed');
      const calls = await callsFor(stack, campaignId);
      const refused = calls.filter(({ accepted }) => !accepted).length;
      const tries = await triesOf(campaignId);
      const { ledger, progress } = await conclude(dice, campaignId, {
        'recovered ms': msUntilAccepted(calls, endedMs),
        'calls refused': refused,
        tries,
      });
      expect(refused).toBeGreaterThan(0);
      // Not a tenth of what its pace would have brought to the provider meanwhile, but for what was on its way.
      expect(refused).toBeLessThanOrEqual(PER_SECOND / 2 + (PER_SECOND * TOO_FAST_MS) / 10_000);
      expect(ledger.accepted).toBe(MESSAGES);
      expect(progress.failed + progress.unknown).toBe(0);
    },
    isSoak ? 1_200_000 : undefined,
  );

  it.each(seeds)('F-47 one provider id for two messages mixes nobody up [seed %i]', async (seed) => {
    const dice = new Dice('F-47', seed);
    const { campaignId } = await begin(seed);
    await stack.simulator.addFault({ kind: 'duplicateId', rate: 0.3, count: 20 });
    const { ledger, progress } = await conclude(dice, campaignId);
    expect([ledger.calls, ledger.accepted]).toEqual([MESSAGES, MESSAGES]);
    expect(progress.failed + progress.unknown).toBe(0);
  });

  it.each(seeds)('F-48 a redirect to another host is not followed [seed %i]', async (seed) => {
    const dice = new Dice('F-48', seed);
    const { campaignId } = await begin(seed);
    await stack.simulator.addFault({ kind: 'redirect307', count: THROUGH_THE_BREAKER });
    const { progress, ledger } = await conclude(dice, campaignId);
    expect((await stack.simulator.summary()).redirectsFollowed).toBe(0);
    expect([ledger.calls, progress.unknown]).toEqual([MESSAGES, THROUGH_THE_BREAKER]);
  });

  it.each(seeds)(
    'F-51 a template that is refused for everybody holds its campaign, and the breaker stays closed [seed %i]',
    async (seed) => {
      const dice = new Dice('F-51', seed);
      const { channelId, campaignId } = await begin(seed);
      const code = dice.pick([132000, 132001, 132012, 100]);
      await stack.simulator.addFault({ kind: 'error', status: 400, code });
      await untilStatus(stack, campaignId, 'held');
      const { reason } = await stack.status(campaignId);
      await expect.poll(async () => (await stack.status(campaignId)).progress['inflight'], WAIT).toBe(0);
      const breaker = await breakerOf(channelId);
      const atHold = await callsOf(stack, campaignId);
      await delay(SILENCE_MS);
      expect(await callsOf(stack, campaignId)).toBe(atHold);
      await stack.simulator.clearFaults();
      const mendedMs = Date.now();
      expect((await stack.api.post(`/api/campaigns/${campaignId}/confirm`)).status).toBe(202);
      await untilStatus(stack, campaignId, 'completed');
      const calls = await callsFor(stack, campaignId);
      const { progress } = await conclude(dice, campaignId, {
        'stopped ms': msUntilSilence(calls, SILENCE_MS),
        'recovered ms': msUntilAccepted(calls, mendedMs),
        'refused code': code,
      });
      expect([reason?.code, breaker]).toEqual(['held_refused', 'closed']);
      expect(reason?.text).toContain(`50 messages in a row, each with the code ${code}`);
      expect(progress.failed).toBeGreaterThanOrEqual(50);
      // Two workers that count to fifty each, and what was on its way when one of them got there.
      expect(progress.failed).toBeLessThanOrEqual(2 * 50 + PER_SECOND / 2);
      expect(progress.unknown).toBe(0);
    },
  );

  it.each(seeds)(
    'F-52 a token that was revoked holds the channel at once, without a storm of calls [seed %i]',
    async (seed) => {
      const dice = new Dice('F-52', seed);
      const { channelId, campaignId } = await begin(seed);
      await stack.simulator.addFault({ kind: 'error', status: 401, code: 190 });
      await untilReason(campaignId, 'channel_held');
      await expect.poll(async () => (await stack.status(campaignId)).progress['inflight'], WAIT).toBe(0);
      const atHold = await callsOf(stack, campaignId);
      await delay(SILENCE_MS);
      expect(await callsOf(stack, campaignId)).toBe(atHold);
      await stack.simulator.clearFaults();
      const mendedMs = Date.now();
      expect((await stack.api.post(`/api/channels/${channelId}/lift-hold`)).status).toBe(200);
      await untilStatus(stack, campaignId, 'completed');
      const calls = await callsFor(stack, campaignId);
      const refused = calls.filter(({ accepted }) => !accepted).length;
      const { progress, ledger } = await conclude(dice, campaignId, {
        'stopped ms': msUntilSilence(calls, SILENCE_MS),
        'recovered ms': msUntilAccepted(calls, mendedMs),
        'calls refused': refused,
      });
      expect(refused).toBeLessThanOrEqual(PER_SECOND / 2);
      expect(progress.failed + progress.unknown).toBe(0);
      expect(ledger.accepted).toBe(MESSAGES);
    },
  );
});
