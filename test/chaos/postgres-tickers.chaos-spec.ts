import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { fullAudit } from '../support/auditor.js';
import { closeBooks } from './books.js';
import { DetouredStage } from './detoured-stage.js';
import { Dice, isFull, isSoak, seeds } from './dice.js';
import { LEASE_MS, untilCalls, untilStatus } from './scene.js';

const ROUNDS = isSoak ? 60 : 1;
const MESSAGES = isSoak ? 100_000 : 700;
/** Each is begun and ended by a tick of whichever worker is first. */
const DUE_OF_A_ROUND = 4;
const MESSAGES_OF_DUE = 20;
const AN_HOUR_MS = 3_600_000;
const FROZEN_MS = LEASE_MS * 1.2;
const SETTINGS = { latencyMs: 100, jitterMs: 100, statusDelayMs: 20 };

describe.runIf(isFull)('ticks that every worker runs', () => {
  const stage = DetouredStage.set('postgres', { CAUDAL_MAX_OPEN_CALLS: '16' });

  /**
   * There is no leader. What would be its fencing is of each row: who began something and lost its backend, or its lease
   * while it was frozen, has changed nothing, and whoever is first does it once.
   */
  it.each(seeds)(
    'F-35 backends of ticks terminated while a worker is frozen: others do it, once, and it does nothing late [seed %i]',
    async (seed) => {
      const dice = new Dice('F-35', seed);
      const { stack } = stage;
      const campaignId = await stage.startCampaign(MESSAGES, SETTINGS);
      await untilCalls(stack, campaignId, 100);
      const channelId = await stack.createChannel(SETTINGS);
      const due: string[] = [];
      const notBegun: number[] = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        const frozen = dice.pick(stack.workers);
        const mine = await createDue(channelId, 5_000_000 + round * 10_000);
        due.push(...mine);
        await comeDue(mine);
        // Within the second in which ticks find them, wherever that finds the worker.
        await delay(dice.between(0, 1000));
        frozen.signal('SIGSTOP');
        const terminated = await terminateAll();
        await delay(FROZEN_MS);
        const waiting = await Promise.all(mine.map((id) => stack.status(id)));
        notBegun.push(waiting.filter(({ status }) => status === 'scheduled').length);
        frozen.signal('SIGCONT');
        expect(terminated).toBeGreaterThan(0);
      }
      const wokenMs = performance.now();
      for (const id of due) await untilStatus(stack, id, 'completed');
      const recoveredMs = Math.round(performance.now() - wokenMs);
      for (const id of due) {
        const { progress, ledger } = await fullAudit(stack, id);
        expect(ledger.accepted + progress.unknown).toBe(MESSAGES_OF_DUE);
      }
      const { progress, ledger, unknownNeverHeard } = await closeBooks(dice, stack, campaignId, {
        'recovered ms': recoveredMs,
        'workers frozen': ROUNDS,
        'campaigns that came due': due.length,
        'of them not begun by the other': notBegun.reduce((sum, n) => sum + n, 0),
        'taken from the frozen': await reaped(campaignId),
      });
      const once = Object.fromEntries([...due, campaignId].map((id) => [id, 1]));
      expect(
        await counted('SELECT campaign_id AS id FROM dispatches WHERE campaign_id = ANY($1)', due),
      ).toEqual(Object.fromEntries(due.map((id) => [id, 1])));
      expect(
        await counted(
          `SELECT payload ->> 'campaignId' AS id FROM outbox
           WHERE type = 'campaign.completed' AND payload ->> 'campaignId' = ANY($1)`,
          [...due, campaignId],
        ),
      ).toEqual(once);
      expect(progress.unknown).toBe(unknownNeverHeard);
      expect(ledger.accepted + progress.unknown).toBe(MESSAGES);
    },
    isSoak ? 3_600_000 : undefined,
  );

  async function createDue(channelId: string, firstNumber: number): Promise<string[]> {
    const ids: string[] = [];
    for (let nth = 0; nth < DUE_OF_A_ROUND; nth += 1) {
      const first = firstNumber + nth * MESSAGES_OF_DUE;
      const id = await stage.stack.createCampaign(MESSAGES_OF_DUE, channelId, first);
      const wish = { scheduledAt: new Date(Date.now() + AN_HOUR_MS).toISOString() };
      const { status, body } = await stage.stack.api.patch(`/api/campaigns/${id}`, wish);
      expect(status, JSON.stringify(body)).toBe(200);
      ids.push(id);
    }
    return ids;
  }

  /** As if the hour were over. */
  async function comeDue(ids: readonly string[]): Promise<void> {
    await stage.stack.ledger.sql.query('UPDATE campaigns SET due_at = now() WHERE id = ANY($1)', [ids]);
  }

  /** Of the frozen one too, which cannot come back before it is woken. */
  async function terminateAll(): Promise<number> {
    const [row] = await stage.stack.ledger.sql.query<{ n: number }>(
      `SELECT count(pg_terminate_backend(pid))::int AS n FROM pg_stat_activity
       WHERE datname = current_database() AND application_name <> 'spec'`,
    );
    return row!.n;
  }

  async function reaped(campaignId: string): Promise<number> {
    const rows = await stage.stack.ledger.sql.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM attempts WHERE dispatch_id = $1 AND source = 'reaper' GROUP BY seq, attempt`,
      [await stage.stack.dispatchOf(campaignId)],
    );
    expect(rows.every(({ n }) => n === 1)).toBe(true);
    return rows.length;
  }

  async function counted(select: string, ids: readonly string[]): Promise<Record<string, number>> {
    const rows = await stage.stack.ledger.sql.query<{ id: string; n: number }>(
      `SELECT id, count(*)::int AS n FROM (${select}) AS found GROUP BY id`,
      [ids],
    );
    return Object.fromEntries(rows.map(({ id, n }) => [id, n]));
  }
});
