import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Stack } from '../support/stack.js';
import { closeBooks } from './books.js';
import { Dice, isFull, seeds } from './dice.js';
import { callsOf, keepLogsOnFailure, SHORT_LEASES, untilStatus } from './scene.js';

const WORKERS = 3;
const TOTAL = isFull ? 5000 : 500;
const CANARY = isFull ? 1371 : 137;
const ROUNDS = isFull ? 3 : 2;
/** Over the three of them: what may be on its way when the gate closes. */
const MOST_IN_FLIGHT = 30;
/** A call that something let through would be under way by then. */
const LISTEN_MS = 1000;
const WAIT = { timeout: 120_000, interval: 50 };
/** Refused at once, and for good. */
const REFUSED = { kind: 'error', status: 400, code: 131026 } as const;

describe('campaigns that watch themselves, with three workers', () => {
  let stack: Stack;
  /** Nobody gets two campaigns. */
  let firstNumber = 0;

  beforeAll(async () => {
    stack = await Stack.start({ workers: WORKERS, environment: { ...SHORT_LEASES, BATCH_SIZE: '50' } });
  });

  afterAll(() => stack?.stop());

  beforeEach(async () => {
    keepLogsOnFailure(stack);
    await stack.simulator.clearLedger();
  });

  const run = async (plan: object, seed: number, limits: object = {}): Promise<string> => {
    const channelId = await stack.createChannel({ latencyMs: 20, statusDelayMs: 20, seed }, limits);
    const id = await stack.createCampaign(TOTAL, channelId, firstNumber);
    firstNumber += TOTAL;
    const { status, body } = await stack.api.patch(`/api/campaigns/${id}`, plan);
    if (status !== 200) throw new Error(JSON.stringify(body));
    await stack.start(id);
    return id;
  };

  /** Nothing is on its way any more, and for a while nothing is called. */
  const restsAt = async (id: string): Promise<number> => {
    await expect.poll(async () => (await stack.status(id)).progress['inflight'], WAIT).toBe(0);
    const calls = await callsOf(stack, id);
    await delay(LISTEN_MS);
    expect(await callsOf(stack, id)).toBe(calls);
    return calls;
  };

  const confirm = async (id: string): Promise<void> => {
    expect((await stack.api.post(`/api/campaigns/${id}/confirm`)).status).toBe(202);
  };

  it.each(seeds)('goes on by itself behind a canary that was good [seed %i]', async (seed) => {
    const dice = new Dice('canary', seed);
    const id = await run({ canary: { size: CANARY, maxFailureRate: 0, waitMinutes: 0 } }, seed);
    await untilStatus(stack, id, 'completed');
    expect(await callsOf(stack, id)).toBe(TOTAL);
    await closeBooks(dice, stack, id);
  });

  it.each(seeds)(
    'calls for the canary and nobody else, is held when it failed, and goes on when a person says so [seed %i]',
    async (seed) => {
      const dice = new Dice('canary', seed);
      await stack.simulator.addFault({ ...REFUSED, rate: 0.3 });
      const id = await run({ canary: { size: CANARY, maxFailureRate: 0.1, waitMinutes: 0 } }, seed);
      await untilStatus(stack, id, 'held');
      expect(await restsAt(id)).toBe(CANARY);
      const { progress, reason } = await stack.status(id);
      expect(reason?.code).toBe('held_canary');
      expect(reason?.text).toContain(`Of the ${CANARY} messages of its canary ${progress['failed']} failed`);
      expect(progress).toMatchObject({ total: TOTAL, pending: TOTAL - CANARY });
      await stack.simulator.clearFaults();
      await confirm(id);
      await untilStatus(stack, id, 'completed');
      expect(await callsOf(stack, id)).toBe(TOTAL);
      await closeBooks(dice, stack, id, { 'still to be sent when held': TOTAL - CANARY });
    },
  );

  it.each(seeds)(
    'stops at the failure that is one too many, and again after it was confirmed [seed %i]',
    async (seed) => {
      const dice = new Dice('failures', seed);
      await stack.simulator.addFault({ ...REFUSED, rate: 0.2 });
      const limit = { holdOnFailures: { rate: 0.1, of: 100 } };
      const id = await run(limit, seed, { maxInFlight: MOST_IN_FLIGHT });
      let failedBefore = 0;
      for (let round = 0; round < ROUNDS; round += 1) {
        await untilStatus(stack, id, 'held');
        const calls = await restsAt(id);
        const { progress, reason } = await stack.status(id);
        expect(reason?.code).toBe('held_failure_rate');
        expect(reason?.text).toContain('11 of its last 100 messages failed or are unknown; 10 may (10 %)');
        const failed = progress['failed']! + progress['unknown']! - failedBefore;
        expect(failed).toBeGreaterThanOrEqual(11);
        expect(failed).toBeLessThanOrEqual(11 + MOST_IN_FLIGHT);
        expect(calls).toBe(TOTAL - progress['pending']!);
        failedBefore += failed;
        await confirm(id);
      }
      await stack.simulator.clearFaults();
      // What was on its way at the last confirmation may have crossed it once more.
      await expect
        .poll(async () => {
          const { status } = await stack.status(id);
          if (status === 'held') await confirm(id);
          return status;
        }, WAIT)
        .toBe('completed');
      expect(await callsOf(stack, id)).toBe(TOTAL);
      await closeBooks(dice, stack, id, { holds: ROUNDS });
    },
  );
});
