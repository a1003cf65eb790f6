import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { fullAudit } from '../support/auditor.js';
import { DetouredStage } from './detoured-stage.js';
import { Dice, isFull, seeds } from './dice.js';
import { repeatedly, untilCalls, untilStatus, watchLeases } from './scene.js';

const MESSAGES = isFull ? 10_000 : 3000;

describe('Postgres that drops its clients', () => {
  const stage = DetouredStage.set('postgres');

  /** A campaign while Postgres fails again and again; ends with the audit and the line of figures. */
  async function prove(dice: Dice, everyMs: number, fail: () => Promise<number>): Promise<void> {
    const { stack } = stage;
    const settings = { latencyMs: 60, jitterMs: 60, statusDelayMs: 20 };
    const campaignId = await stage.startCampaign(MESSAGES, settings);
    await untilCalls(stack, campaignId, 100);
    const leases = watchLeases(stack);
    let strikes = 0;
    let lost = 0;
    const failing = repeatedly(everyMs, async () => {
      lost += await fail();
      strikes += 1;
    });
    await untilCalls(stack, campaignId, MESSAGES * 0.8);
    await failing.stop();
    await untilStatus(stack, campaignId, 'completed');
    const overdueMs = await leases.stop();
    const { progress, ledger, unknownNeverHeard } = await fullAudit(stack, campaignId);
    dice.tell({
      messages: MESSAGES,
      strikes,
      'connections lost': lost,
      calls: ledger.calls,
      accepted: ledger.accepted,
      duplicates: ledger.duplicates,
      unknown: progress.unknown,
      'of them never heard of': unknownNeverHeard,
      'recovered ms after the lease': overdueMs,
    });
    expect(strikes).toBeGreaterThan(1);
    expect(progress.pending).toBe(0);
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
        return row!.n;
      });
    },
  );

  it.each(isFull ? seeds : [])(
    'F-27 connections to Postgres cut at any byte, also in the middle of a commit [seed %i]',
    async (seed) => {
      const dice = new Dice('F-27', seed);
      await prove(dice, 150, async () => {
        await delay(dice.between(0, 100));
        return stage.proxy.cut(() => dice.chance(0.3));
      });
    },
  );

  it.each(isFull ? seeds : [])(
    'F-28 Postgres that answers nothing for seconds at a time [seed %i]',
    async (seed) => {
      const dice = new Dice('F-28', seed);
      await prove(dice, 2000, async () => {
        stage.proxy.stall();
        await delay(dice.between(500, 2500));
        stage.proxy.pass();
        return 0;
      });
    },
  );
});
