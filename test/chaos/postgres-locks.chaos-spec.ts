import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { closeBooks } from './books.js';
import { DetouredStage } from './detoured-stage.js';
import { Dice, isFull, isSoak, seeds } from './dice.js';
import { inOpenTransaction } from './psql-session.js';
import { repeatedly, untilCalls } from './scene.js';
import { callCounter, rateOver } from './standstill.js';

/** Paced by open calls and their latency: with a limit, a busy machine gives back every call that it is late for. */
const PER_SECOND = 200;
const OPEN_CALLS = 16;
const SETTINGS = { latencyMs: 100, jitterMs: 100, statusDelayMs: 20 };
const OLD_SNAPSHOT_MS = 2000;
const LOCKED_MS = 10_000;
const SNAPSHOT_MS = isSoak ? 1_800_000 : 10_000;
const BEFORE_MS = isSoak ? 60_000 : 3000;
const REPORTS_AT_ONCE = 50;
const REPORTS_MS = isSoak ? 60_000 : 6000;
const MESSAGES = isSoak ? 30_000 : 1200;
const DEADLOCKS = isSoak ? 100 : 4;
/** A report or a status that is not to be had is told so long before a person gives up. */
const CLEAR_ANSWER_MS = 9000;

describe.runIf(isFull)('a session of somebody else that holds what everybody needs', () => {
  const stage = DetouredStage.set('postgres', {
    CAUDAL_OLD_SNAPSHOT_MS: String(OLD_SNAPSHOT_MS),
    CAUDAL_MAX_OPEN_CALLS: String(OPEN_CALLS),
  });

  async function snapshotsHealth(): Promise<string> {
    const answer = await fetch(`${stage.stack.front.baseUrl}/health`);
    const body = (await answer.json()) as { components: Record<string, { status: string }> };
    return body.components['snapshots']!.status;
  }

  /** Asks again and again, each time for itself; what was answered, and after how long at worst. */
  function asking(everyMs: number, path: string): { stop(): Promise<Asked> } {
    const statuses: number[] = [];
    let slowestMs = 0;
    const open: Promise<void>[] = [];
    const clock = repeatedly(everyMs, async () => {
      const beganAt = performance.now();
      const asked = stage.stack.api.get(path).then(({ status }) => {
        statuses.push(status);
        slowestMs = Math.max(slowestMs, Math.round(performance.now() - beganAt));
      });
      open.push(asked);
    });
    return {
      stop: async () => {
        await clock.stop();
        await Promise.all(open);
        const answered = (wanted: number): number => statuses.filter((status) => status === wanted).length;
        return { asked: statuses.length, ok: answered(200), refused: answered(503), slowestMs };
      },
    };
  }

  it.each(seeds)(
    'F-31 the table of campaigns locked for ten seconds: sending goes on, a status is told or clearly refused [seed %i]',
    async (seed) => {
      const dice = new Dice('F-31', seed);
      const { stack } = stage;
      const campaignId = await stage.startCampaign(PER_SECOND * 14, SETTINGS);
      const calls = await callCounter(stack, campaignId);
      await untilCalls(stack, campaignId, Math.round(dice.between(50, 200)));
      const told = await inOpenTransaction(stack, async (psql) => {
        await psql.query('LOCK TABLE campaigns IN ACCESS EXCLUSIVE MODE');
        const dashboard = asking(500, `/api/campaigns/${campaignId}/queue-status`);
        const rate = await rateOver(calls, LOCKED_MS);
        return { rate, dashboard };
      });
      const freedAt = performance.now();
      const { status } = await stack.api.get(`/api/campaigns/${campaignId}/queue-status`);
      const recoveredMs = Math.round(performance.now() - freedAt);
      const dashboard = await told.dashboard.stop();
      const { progress, ledger } = await closeBooks(dice, stack, campaignId, {
        'recovered ms': recoveredMs,
        'sent a second while locked': told.rate,
        'statuses asked for': dashboard.asked,
        'of them refused': dashboard.refused,
        'slowest ms': dashboard.slowestMs,
      });
      expect(status).toBe(200);
      expect(dashboard.ok + dashboard.refused).toBe(dashboard.asked);
      expect(dashboard.slowestMs).toBeLessThan(CLEAR_ANSWER_MS);
      expect(told.rate).toBeGreaterThan(0);
      expect(ledger.accepted).toBe(progress.total);
    },
  );

  it.each(seeds)(
    'F-30 a transaction that holds its snapshot: sending keeps its pace, and /health and the log tell of it [seed %i]',
    async (seed) => {
      const dice = new Dice('F-30', seed);
      const { stack } = stage;
      const messages = Math.round((PER_SECOND * (BEFORE_MS + SNAPSHOT_MS)) / 1000) + 2 * PER_SECOND;
      const campaignId = await stage.startCampaign(messages, SETTINGS);
      const calls = await callCounter(stack, campaignId);
      await untilCalls(stack, campaignId, PER_SECOND);
      const before = await rateOver(calls, BEFORE_MS);
      const during = await inOpenTransaction(stack, async (psql) => {
        await psql.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ');
        await psql.query('SELECT count(*) FROM messages');
        await delay(SNAPSHOT_MS / 2);
        const rate = await rateOver(calls, SNAPSHOT_MS / 2);
        await expect.poll(snapshotsHealth).toBe('degraded');
        await expect
          .poll(
            () => stack.workers.every((worker) => worker.output().includes('nothing that changed since')),
            {
              timeout: 20_000,
            },
          )
          .toBe(true);
        return rate;
      });
      const endedAt = performance.now();
      await expect.poll(snapshotsHealth).toBe('ok');
      const { progress, ledger } = await closeBooks(dice, stack, campaignId, {
        'recovered ms': Math.round(performance.now() - endedAt),
        'a second before': before,
        'a second behind the snapshot': during,
        'loss %': Math.max(0, Math.round((1 - during / before) * 100)),
      });
      expect(during).toBeGreaterThan(before * 0.25);
      expect(ledger.accepted).toBe(progress.total);
    },
    isSoak ? SNAPSHOT_MS * 2 : undefined,
  );

  it.each(seeds)(
    'F-32 fifty lists at once that all wait: told so in seconds, and neither sending nor webhooks notice [seed %i]',
    async (seed) => {
      const dice = new Dice('F-32', seed);
      const { stack } = stage;
      const messages = Math.round((PER_SECOND * (BEFORE_MS + REPORTS_MS)) / 1000) + 2 * PER_SECOND;
      const campaignId = await stage.startCampaign(messages, SETTINGS);
      const calls = await callCounter(stack, campaignId);
      await untilCalls(stack, campaignId, PER_SECOND);
      const before = await rateOver(calls, BEFORE_MS);
      const { during, lists, told } = await inOpenTransaction(stack, async (psql) => {
        // Which only lists need: as if each of them took for ever.
        await psql.query('LOCK TABLE contacts IN ACCESS EXCLUSIVE MODE');
        const people = Array.from({ length: REPORTS_AT_ONCE }, () => asking(1000, '/api/contacts?limit=100'));
        const dashboard = asking(500, `/api/campaigns/${campaignId}/queue-status`);
        const rate = await rateOver(calls, REPORTS_MS);
        return {
          during: rate,
          lists: await Promise.all(people.map((person) => person.stop())),
          told: await dashboard.stop(),
        };
      });
      const asked = lists.reduce((sum, list) => sum + list.asked, 0);
      const refused = lists.reduce((sum, list) => sum + list.refused, 0);
      const slowestMs = Math.max(...lists.map((list) => list.slowestMs));
      const { progress, ledger } = await closeBooks(dice, stack, campaignId, {
        'a second before': before,
        'a second meanwhile': during,
        'lists asked for': asked,
        'of them refused': refused,
        'slowest ms': slowestMs,
        'slowest status ms': told.slowestMs,
      });
      expect(refused).toBe(asked);
      expect(slowestMs).toBeLessThan(CLEAR_ANSWER_MS);
      expect(told.ok).toBe(told.asked);
      expect(during).toBeGreaterThan(before * 0.25);
      expect(ledger.accepted).toBe(progress.total);
    },
  );

  it.each(seeds)(
    'F-33 rows and counters taken in the opposite order: deadlocks are undone and done again, counters exact [seed %i]',
    async (seed) => {
      const dice = new Dice('F-33', seed);
      const { stack } = stage;
      const campaignId = await stage.startCampaign(MESSAGES, SETTINGS);
      const dispatchId = await stack.dispatchOf(campaignId);
      await untilCalls(stack, campaignId, 100);
      const before = await deadlocks();
      for (let nth = 0; nth < DEADLOCKS; nth += 1) {
        await delay(dice.between(0, 300));
        await takeInOppositeOrder(dispatchId);
      }
      // Whoever was undone reports it when it has nothing to do.
      await expect.poll(deadlocks, { timeout: 30_000 }).toBeGreaterThan(before);
      const { progress, ledger } = await closeBooks(dice, stack, campaignId, {
        deadlocks: (await deadlocks()) - before,
      });
      // Failed: an outcome that could not be written for so long that the provider was asked, and had never heard of it.
      expect(ledger.accepted + progress.unknown + progress.failed).toBe(MESSAGES);
    },
  );

  /** Counters first and messages then, while the engine takes messages first: one of its transactions is undone. */
  async function takeInOppositeOrder(dispatchId: string): Promise<void> {
    await inOpenTransaction(stage.stack, async (psql) => {
      await psql.query('SELECT FROM dispatch_counters WHERE dispatch_id = $1 FOR UPDATE', [dispatchId]);
      await expect.poll(waitingForLocks, { timeout: 20_000, interval: 10 }).toBeGreaterThan(0);
      await psql.query(`SELECT FROM messages WHERE dispatch_id = $1 AND state = 'inflight' FOR UPDATE`, [
        dispatchId,
      ]);
    });
  }

  async function waitingForLocks(): Promise<number> {
    const [row] = await stage.stack.ledger.sql.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM pg_stat_activity
       WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    return row!.n;
  }

  async function deadlocks(): Promise<number> {
    const [row] = await stage.stack.ledger.sql.query<{ n: number }>(
      'SELECT deadlocks::int AS n FROM pg_stat_database WHERE datname = current_database()',
    );
    return row!.n;
  }
});

interface Asked {
  readonly asked: number;
  readonly ok: number;
  readonly refused: number;
  readonly slowestMs: number;
}
