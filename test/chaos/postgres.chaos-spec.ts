import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { closeBooks } from './books.js';
import { DetouredStage } from './detoured-stage.js';
import { Dice, isFull, isSoak, seeds } from './dice.js';
import { repeatedly, untilCalls, watchLeases } from './scene.js';
import { callCounter, untilMore, untilStandstill } from './standstill.js';

const MESSAGES = isSoak ? 100_000 : isFull ? 6000 : 3000;
const SILENCE_MS = isSoak ? 30_000 : 1500;
const PATIENCE_MS = isSoak ? 3_600_000 : undefined;

/** Does its fault, ends it, and says what is to be told of it. */
type Strike = (calls: () => Promise<number>) => Promise<Record<string, number>>;

describe('Postgres that drops its clients', () => {
  const stage = DetouredStage.set('postgres');

  /** A campaign while Postgres fails again and again; ends with the audit and the line of figures. */
  async function prove(dice: Dice, everyMs: number, fail: Strike): Promise<void> {
    const { stack } = stage;
    const settings = { latencyMs: 60, jitterMs: 60, statusDelayMs: 20 };
    const campaignId = await stage.startCampaign(MESSAGES, settings);
    await untilCalls(stack, campaignId, 100);
    const calls = await callCounter(stack, campaignId);
    const leases = watchLeases(stack);
    let strikes = 0;
    let recoveredMs = 0;
    const sum: Record<string, number> = {};
    const failing = repeatedly(everyMs, async () => {
      for (const [name, value] of Object.entries(await fail(calls))) {
        sum[name] = name.endsWith('ms') ? Math.max(sum[name] ?? 0, value) : (sum[name] ?? 0) + value;
      }
      recoveredMs = Math.max(recoveredMs, await untilMore(calls, MESSAGES));
      strikes += 1;
    });
    await untilCalls(stack, campaignId, MESSAGES * 0.8);
    await failing.stop();
    const overdueMs = await leases.stop();
    const { progress, ledger, unknownNeverHeard } = await closeBooks(dice, stack, campaignId, {
      strikes,
      ...sum,
      'recovered ms': recoveredMs,
      'ms that a batch lay after its lease': overdueMs,
    });
    expect(strikes).toBeGreaterThan(1);
    // Without a fault of the provider's, only a barrier whose commit was not heard of leaves a row unknown.
    expect(progress.unknown).toBe(unknownNeverHeard);
    expect(ledger.accepted + progress.unknown).toBe(MESSAGES);
    expect(overdueMs).toBeLessThan(5000);
  }

  it.each(seeds)(
    'F-25 all backends terminated every second: nothing twice, nothing lost [seed %i]',
    async (seed) => {
      await prove(new Dice('F-25', seed), 1000, async () => {
        const [row] = await stage.stack.ledger.sql.query<{ n: number }>(
          `SELECT count(pg_terminate_backend(pid))::int AS n FROM pg_stat_activity
         WHERE datname = current_database() AND application_name <> 'spec'`,
        );
        return { 'connections lost': row!.n };
      });
    },
    PATIENCE_MS,
  );

  it.each(isFull ? seeds : [])(
    'F-27 connections to Postgres cut at any byte, also in the middle of a commit [seed %i]',
    async (seed) => {
      const dice = new Dice('F-27', seed);
      await prove(dice, 150, async () => {
        await delay(dice.between(0, 100));
        return { 'connections lost': stage.proxy.cut(() => dice.chance(0.3)) };
      });
    },
    PATIENCE_MS,
  );

  it.each(isFull ? seeds : [])(
    'F-28 Postgres that answers nothing for seconds at a time: nothing is sent meanwhile [seed %i]',
    async (seed) => {
      const dice = new Dice('F-28', seed);
      await prove(dice, 1000, async (calls) => {
        stage.proxy.stall();
        const stoppedMs = await untilStandstill(calls);
        const callsStopped = await calls();
        await delay(dice.between(0, SILENCE_MS));
        expect(await calls()).toBe(callsStopped);
        stage.proxy.pass();
        return { 'stopped ms': stoppedMs };
      });
    },
    PATIENCE_MS,
  );
});
