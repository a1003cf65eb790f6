import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { audit } from '../support/auditor.js';
import { Stack } from '../support/stack.js';
import { closeBooks } from './books.js';
import { Dice, isFull, isSoak, seeds } from './dice.js';
import { callsOf, keepLogsOnFailure, SHORT_LEASES, untilStatus } from './scene.js';

const MESSAGES = isSoak ? 2000 : 200;
const HOUR_MS = 3_600_000;
const TIMEOUT_MS = 300_000;
/** What is started by itself may be so late. */
const MOST_LATENESS_MS = HOUR_MS;

describe.runIf(isFull)('a time that nobody was there for', { timeout: TIMEOUT_MS }, () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await Stack.start({
      workers: 1,
      environment: { ...SHORT_LEASES, CAUDAL_MOST_LATENESS_MS: String(MOST_LATENESS_MS) },
    });
  });

  afterAll(() => stack?.stop());

  let used = 0;
  const scheduled = async (): Promise<string> => {
    const channelId = await stack.createChannel({ statusDelayMs: 20 });
    const id = await stack.createCampaign(MESSAGES, channelId, used);
    used += MESSAGES;
    const scheduledAt = new Date(Date.now() + HOUR_MS).toISOString();
    const { status, body } = await stack.api.patch<{ status: string }>(`/api/campaigns/${id}`, {
      scheduledAt,
    });
    expect([status, body.status]).toEqual([200, 'scheduled']);
    return id;
  };

  it.each(seeds)(
    'F-58 due while all processes were killed: held and asked for beyond the lateness, sent within it [seed %i]',
    async (seed) => {
      keepLogsOnFailure(stack);
      const dice = new Dice('F-58', seed);
      const [lateId, soonId] = [await scheduled(), await scheduled()];
      await stack.killAll();
      const ago = async (id: string, ms: number): Promise<void> => {
        await stack.ledger.sql.query(
          `UPDATE campaigns SET due_at = now() - $2 * interval '1 ms' WHERE id = $1`,
          [id, ms],
        );
      };
      await ago(lateId, dice.between(2, 4) * HOUR_MS);
      await ago(soonId, dice.between(0.1, 0.8) * HOUR_MS);
      await stack.startFront();
      expect(await callsOf(stack, soonId)).toBe(0);
      const startedMs = Date.now();
      await stack.startWorker();

      await untilStatus(stack, soonId, 'completed');
      const soonMs = Date.now() - startedMs;
      await untilStatus(stack, lateId, 'held');
      expect((await stack.status(lateId)).reason?.code).toBe('held_late');
      expect(await callsOf(stack, lateId)).toBe(0);
      const { ledger } = await audit(stack, soonId);
      expect(ledger.accepted).toBe(MESSAGES);

      expect((await stack.api.post(`/api/campaigns/${lateId}/confirm`)).status).toBeLessThan(300);
      const confirmedMs = Date.now();
      await expect.poll(() => callsOf(stack, lateId), { timeout: 60_000, interval: 50 }).toBeGreaterThan(0);
      const recoveredMs = Date.now() - confirmedMs;
      const late = await closeBooks(dice, stack, lateId, {
        'recovered ms': recoveredMs,
        'the other done after ms': soonMs,
      });
      expect(late.ledger.accepted).toBe(MESSAGES);
    },
  );
});
