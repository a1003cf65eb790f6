import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fullAudit } from '../support/auditor.js';
import { Stack } from '../support/stack.js';
import { Dice, isFull, seeds } from './dice.js';
import {
  EVERY_WAY,
  keepLogsOnFailure,
  LEASE_MS,
  MAX_OPEN_CALLS,
  repeatedly,
  SHORT_LEASES,
  untilCalls,
  untilStatus,
  watchLeases,
} from './scene.js';

const WORKERS = 3;
const KILL_EVERY_MS = 500;
const KILLS = isFull ? 16 : 5;
const FROZEN_MESSAGES = 8000;
/** Noted as begun by a worker that died before the first byte was out: few, as only the open ones can be. */
const NEVER_OUT_A_KILL = MAX_OPEN_CALLS / 4;
const MESSAGES = isFull ? 20_000 : 4000;

describe('workers that die and freeze', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await Stack.start({ workers: WORKERS, environment: SHORT_LEASES });
  });

  afterAll(() => stack.stop());

  beforeEach(async () => {
    keepLogsOnFailure(stack);
    await stack.simulator.clearFaults();
    await stack.simulator.clearLedger();
  });

  /** Rows that were taken from silent or dead workers and could not be told from sent ones. */
  async function reaped(campaignId: string): Promise<number> {
    const [row] = await stack.ledger.sql.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM attempts WHERE dispatch_id = $1 AND source = 'reaper'`,
      [await stack.dispatchOf(campaignId)],
    );
    return row!.n;
  }

  it.each(seeds)(
    'F-01 kill -9 of a worker every half second, provider failing in every way: nothing twice, nothing lost [seed %i]',
    async (seed) => {
      const dice = new Dice('F-01', seed);
      const channelId = await stack.createChannel({ latencyMs: 40, jitterMs: 40, statusDelayMs: 20, seed });
      const campaignId = await stack.createCampaign(MESSAGES, channelId);
      for (const fault of EVERY_WAY) await stack.simulator.addFault(fault);
      await stack.keepSpares(KILLS);
      await stack.start(campaignId);
      await untilCalls(stack, campaignId, 100);

      const leases = watchLeases(stack);
      const births: Promise<unknown>[] = [];
      let kills = 0;
      const killing = repeatedly(KILL_EVERY_MS, async () => {
        if (stack.workers.length === 0 || stack.spareCount === 0) return;
        await stack.killWorker(dice.pick(stack.workers));
        kills += 1;
        births.push(stack.startWorker());
      });
      await expect.poll(() => stack.spareCount, { timeout: 60_000 }).toBe(0);
      await killing.stop();
      await Promise.all(births);
      await untilStatus(stack, campaignId, 'completed');
      const overdueMs = await leases.stop();

      const { progress, ledger, unknownNeverHeard, callsWithoutName } = await fullAudit(stack, campaignId);
      const fromTheDead = await reaped(campaignId);
      dice.tell({
        messages: MESSAGES,
        kills,
        seconds: Math.round(ledger.seconds),
        calls: ledger.calls + callsWithoutName,
        accepted: ledger.accepted,
        duplicates: ledger.duplicates,
        failed: progress.failed,
        unknown: progress.unknown,
        'begun by the killed': fromTheDead,
        'never heard of': unknownNeverHeard,
        'calls reset before their name was read': callsWithoutName,
        'recovered ms after the lease': overdueMs,
      });
      expect(kills).toBe(KILLS);
      expect(progress.pending).toBe(0);
      // Rows past the barrier whose call was not begun go back: what is left is what was open.
      expect(fromTheDead).toBeLessThanOrEqual(kills * MAX_OPEN_CALLS);
      expect(unknownNeverHeard).toBeLessThanOrEqual(callsWithoutName + kills * NEVER_OUT_A_KILL);
      expect(overdueMs).toBeLessThan(5000);
    },
  );

  it.each(isFull ? seeds : [])(
    'F-04 a worker frozen for twice the lease sends nothing again when it wakes [seed %i]',
    async (seed) => {
      const dice = new Dice('F-04', seed);
      const channelId = await stack.createChannel({ latencyMs: 150, jitterMs: 150, statusDelayMs: 20, seed });
      const campaignId = await stack.createCampaign(FROZEN_MESSAGES, channelId, 100_000);
      await stack.start(campaignId);
      await untilCalls(stack, campaignId, 300);

      const frozen = dice.pick(stack.workers);
      frozen.signal('SIGSTOP');
      await delay(LEASE_MS * 2);
      frozen.signal('SIGCONT');
      await untilStatus(stack, campaignId, 'completed');

      const { progress, ledger, unknownNeverHeard } = await fullAudit(stack, campaignId);
      const taken = await reaped(campaignId);
      dice.tell({
        messages: FROZEN_MESSAGES,
        'taken from the frozen': taken,
        calls: ledger.calls,
        accepted: ledger.accepted,
        duplicates: ledger.duplicates,
        unknown: progress.unknown,
      });
      expect(taken).toBeGreaterThan(0);
      expect(progress.pending).toBe(0);
      expect(progress.unknown).toBe(unknownNeverHeard);
      expect(progress.unknown).toBeLessThanOrEqual(taken);
    },
  );
});
