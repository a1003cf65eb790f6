import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ScriptedFault } from '../../src/simulator/control-client.js';
import { fullAudit, type FullAudit } from '../support/auditor.js';
import { Stack } from '../support/stack.js';
import { Dice, isFull, seeds } from './dice.js';
import { callsOf, keepLogsOnFailure, SHORT_LEASES, untilCalls, untilStatus } from './scene.js';

const MESSAGES = 600;
const PER_SECOND = 200;
/** Calls in a row that end badly before the breaker opens. */
const BREAKER_AT = 10;

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

  async function begin(seed: number): Promise<{ channelId: string; campaignId: string }> {
    const channelId = await stack.createChannel({ statusDelayMs: 20, seed }, { perSecond: PER_SECOND });
    const campaignId = await stack.createCampaign(MESSAGES, channelId, used);
    used += MESSAGES;
    await stack.start(campaignId);
    await untilCalls(stack, campaignId, MESSAGES * 0.1);
    return { channelId, campaignId };
  }

  async function conclude(
    dice: Dice,
    campaignId: string,
    more: Record<string, number> = {},
  ): Promise<FullAudit> {
    await untilStatus(stack, campaignId, 'completed');
    const books = await fullAudit(stack, campaignId);
    dice.tell({
      messages: MESSAGES,
      calls: books.ledger.calls,
      accepted: books.ledger.accepted,
      duplicates: books.ledger.duplicates,
      failed: books.progress.failed,
      unknown: books.progress.unknown,
      'most in a second': books.ledger.mostPerSecond,
      ...more,
    });
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

  /** A few at a time, so that the breaker stays closed: what opens it is proved below. */
  const THROUGH_THE_BREAKER = BREAKER_AT - 2;

  it.each<[string, string, ScriptedFault]>([
    ['F-36', 'an answer that comes after twice the time-out', { kind: 'latency', delayMs: 2000 }],
    ['F-37', 'an error 500 after the message was taken', { kind: 'error', status: 500, processed: true }],
    ['F-46', 'a 200 without an id', { kind: 'emptyId' }],
    ['F-46', 'a 200 whose body is not JSON', { kind: 'status200BadJson' }],
    ['F-46', 'a 200 of fifty megabytes', { kind: 'hugeBody', bytes: 50_000_000 }],
    ['F-46', 'a 200 in a character set that nobody reads', { kind: 'wrongCharset' }],
  ])('%s %s is unknown, never sent again, and accepted by its webhook', async (code, _, fault) => {
    const dice = new Dice(code, seeds[0]!);
    const { campaignId } = await begin(seeds[0]!);
    await stack.simulator.addFault({ ...fault, count: THROUGH_THE_BREAKER });
    const { progress, ledger } = await conclude(dice, campaignId);
    expect(ledger.calls).toBe(MESSAGES);
    expect(ledger.accepted).toBe(MESSAGES);
    expect(progress.unknown + progress.failed).toBe(0);
  });

  it('F-47 one provider id for two messages mixes nobody up', async () => {
    const dice = new Dice('F-47', seeds[0]!);
    const { campaignId } = await begin(seeds[0]!);
    await stack.simulator.addFault({ kind: 'duplicateId', count: 20 });
    const { ledger } = await conclude(dice, campaignId);
    expect(ledger.calls).toBe(MESSAGES);
  });

  it('F-38 pages of a gateway are unknown, open the breaker, and nothing is sent again by itself', async () => {
    const dice = new Dice('F-38', seeds[0]!);
    const { channelId, campaignId } = await begin(seeds[0]!);
    await stack.simulator.addFault({ kind: 'page502', processed: false, count: 40 });
    await expect
      .poll(
        async () =>
          (await stack.api.get<{ breaker: string }>(`/api/channels/${channelId}/status`)).body.breaker,
        {
          timeout: 20_000,
          interval: 20,
        },
      )
      .not.toBe('closed');
    const { progress, ledger } = await conclude(dice, campaignId);
    expect(progress.unknown).toBeGreaterThanOrEqual(BREAKER_AT);
    expect(progress.unknown).toBeLessThanOrEqual(40);
    expect(ledger.accepted + progress.unknown).toBe(MESSAGES);
  });

  it('F-39 a 429 with Retry-After makes the whole channel wait, and costs no try', async () => {
    const dice = new Dice('F-39', seeds[0]!);
    const { campaignId } = await begin(seeds[0]!);
    await stack.simulator.addFault({
      kind: 'error',
      status: 429,
      code: 130429,
      retryAfterSeconds: 3,
      count: 1,
    });
    await expect
      .poll(async () => (await stack.status(campaignId)).reason?.code, { timeout: 20_000 })
      .toBe('throttled');
    const atReply = await callsOf(stack, campaignId);
    const heldMs = performance.now();
    await untilCalls(stack, campaignId, atReply + 50);
    const waitedMs = Math.round(performance.now() - heldMs);
    const tries = await triesOf(campaignId);
    const { ledger, progress } = await conclude(dice, campaignId, { 'waited ms': waitedMs, tries });
    expect(ledger.accepted).toBe(MESSAGES);
    expect(progress.failed + progress.unknown + tries).toBe(0);
  });

  it('F-40 a 429 that says nothing, again and again: backing off, and through', async () => {
    const dice = new Dice('F-40', seeds[0]!);
    const { campaignId } = await begin(seeds[0]!);
    await stack.simulator.addFault({ kind: 'error', status: 429, code: 130429, count: 5 });
    const { ledger, progress } = await conclude(dice, campaignId, { tries: await triesOf(campaignId) });
    expect(ledger.accepted).toBe(MESSAGES);
    expect(progress.failed + progress.unknown).toBe(0);
  });

  it('F-48 a redirect to another host is not followed', async () => {
    const dice = new Dice('F-48', seeds[0]!);
    const { campaignId } = await begin(seeds[0]!);
    await stack.simulator.addFault({ kind: 'redirect307', count: THROUGH_THE_BREAKER });
    await conclude(dice, campaignId);
    expect((await stack.simulator.summary()).redirectsFollowed).toBe(0);
  });

  it('F-52 a token that was revoked holds the channel at once, without a storm of calls', async () => {
    const dice = new Dice('F-52', seeds[0]!);
    const { campaignId } = await begin(seeds[0]!);
    await stack.simulator.addFault({ kind: 'error', status: 401, code: 190 });
    await expect
      .poll(async () => (await stack.status(campaignId)).reason?.code, { timeout: 20_000 })
      .toBe('channel_held');
    const atHold = await callsOf(stack, campaignId);
    await stack.api.post(`/api/campaigns/${campaignId}/queue-pause`);
    await untilStatus(stack, campaignId, 'paused');
    const { progress, ledger } = await fullAudit(stack, campaignId);
    dice.tell({
      messages: MESSAGES,
      'calls refused': ledger.calls - ledger.accepted,
      'calls when it was held': atHold,
      failed: progress.failed,
      'still to be sent': progress.pending,
    });
    expect(progress.failed + progress.unknown).toBe(0);
    expect(ledger.calls - ledger.accepted).toBeLessThanOrEqual(PER_SECOND / 2);
  });
});
