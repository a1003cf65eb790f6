import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CaudalProcess } from '../support/caudal-process.js';
import { Stack } from '../support/stack.js';
import { closeBooks } from './books.js';
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
const FROZEN_MESSAGES = 3500;
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

  /** Those that hold a batch: of a short campaign two may have them all. */
  async function atWork(): Promise<CaudalProcess[]> {
    const rows = await stack.ledger.sql.query<{ pid: number }>(
      `SELECT DISTINCT w.pid FROM batches b JOIN workers w ON w.id = b.leased_by WHERE b.state = 'leased'`,
    );
    const pids = new Set(rows.map(({ pid }) => pid));
    return stack.workers.filter(({ pid }) => pids.has(pid));
  }

  /** FOR SHARE waits for a settle that is being written, and sees what it left. */
  async function openOf({ pid }: CaudalProcess): Promise<number> {
    const rows = await stack.ledger.sql.query(
      `SELECT 1 FROM messages m JOIN batches b ON b.dispatch_id = m.dispatch_id AND m.seq BETWEEN b.first_seq AND b.last_seq
       JOIN workers w ON w.id = b.leased_by
       WHERE w.pid = $1 AND b.state = 'leased' AND m.state = 'inflight' FOR SHARE OF m`,
      [pid],
    );
    return rows.length;
  }

  /** One whose calls are open: between the choice and the freeze its answers may have come in, and then another is. */
  async function freezeOneAtWork(dice: Dice): Promise<CaudalProcess> {
    for (;;) {
      const worker = dice.pick(await atWork());
      worker.signal('SIGSTOP');
      if ((await openOf(worker)) > 0) return worker;
      worker.signal('SIGCONT');
    }
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
      const fromTheDead = await reaped(campaignId);
      const { unknownNeverHeard, callsWithoutName } = await closeBooks(dice, stack, campaignId, {
        kills,
        'begun by the killed': fromTheDead,
        // What a dead worker held goes on when its lease is over, and so much later.
        'recovered ms': overdueMs,
      });
      expect(kills).toBe(KILLS);
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

      const leases = watchLeases(stack);
      const frozenMs = LEASE_MS * 2;
      const frozen = await freezeOneAtWork(dice);
      await delay(frozenMs);
      frozen.signal('SIGCONT');
      await untilStatus(stack, campaignId, 'completed');
      const overdueMs = await leases.stop();
      const taken = await reaped(campaignId);
      const { progress, unknownNeverHeard } = await closeBooks(dice, stack, campaignId, {
        'frozen ms': frozenMs,
        'taken from the frozen': taken,
        'recovered ms': overdueMs,
      });
      expect(taken).toBeGreaterThan(0);
      expect(progress.unknown).toBe(unknownNeverHeard);
      expect(progress.unknown).toBeLessThanOrEqual(taken);
    },
  );
});
