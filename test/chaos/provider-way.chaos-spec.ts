import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fullAudit } from '../support/auditor.js';
import { Stack } from '../support/stack.js';
import { Dice, isFull, seeds } from './dice.js';
import {
  keepLogsOnFailure,
  MAX_OPEN_CALLS,
  repeatedly,
  SHORT_LEASES,
  untilCalls,
  untilStatus,
} from './scene.js';
import { TcpProxy } from './tcp-proxy.js';

const PER_SECOND = 800;
const MESSAGES = isFull ? 8000 : 2400;

describe('the way to the provider', () => {
  let proxy: TcpProxy;
  let stack: Stack;
  let used = 0;

  beforeAll(async () => {
    proxy = await TcpProxy.open();
    stack = await Stack.start({ workers: 2, environment: SHORT_LEASES, detours: { provider: proxy } });
  });

  afterAll(async () => {
    await stack.stop();
    await proxy.close();
  });

  beforeEach(async () => {
    keepLogsOnFailure(stack);
    proxy.pass();
    await stack.simulator.clearLedger();
  });

  async function prove(
    dice: Dice,
    everyMs: number,
    strike: () => Promise<void>,
  ): Promise<{ unknown: number; failed: number }> {
    const channelId = await stack.createChannel({ statusDelayMs: 20 }, { perSecond: PER_SECOND });
    const campaignId = await stack.createCampaign(MESSAGES, channelId, used);
    used += MESSAGES;
    await stack.start(campaignId);
    await untilCalls(stack, campaignId, MESSAGES * 0.1);
    const trouble = repeatedly(everyMs, strike);
    await untilCalls(stack, campaignId, MESSAGES * 0.7);
    await trouble.stop();
    proxy.pass();
    await untilStatus(stack, campaignId, 'completed');
    const { progress, ledger, unknownNeverHeard } = await fullAudit(stack, campaignId);
    dice.tell({
      messages: MESSAGES,
      calls: ledger.calls,
      accepted: ledger.accepted,
      duplicates: ledger.duplicates,
      unknown: progress.unknown,
      'of them never heard of': unknownNeverHeard,
    });
    expect(ledger.accepted + progress.unknown).toBe(MESSAGES);
    expect(progress.pending + progress.failed).toBe(0);
    return progress;
  }

  it.each(seeds)(
    'F-44 reset in mid-call: what the provider took is told by its statuses [seed %i]',
    async (seed) => {
      const dice = new Dice('F-44', seed);
      await prove(dice, 100, async () => {
        proxy.cut(() => dice.chance(0.5));
        await delay(dice.between(0, 100));
      });
    },
  );

  it.each(seeds)(
    'F-41 new connections reset for a while: nothing fails, and nearly nothing is unknown [seed %i]',
    async (seed) => {
      const dice = new Dice('F-41', seed);
      let isFirst = true;
      const { unknown } = await prove(dice, 1500, async () => {
        // Connections that are open go on as they are; those that are ended at rest have no call on them.
        if (!isFirst) return;
        isFirst = false;
        proxy.refuse();
        await delay(dice.between(1000, 2000));
        proxy.pass();
      });
      expect(unknown).toBeLessThanOrEqual(2 * MAX_OPEN_CALLS);
    },
  );

  it.each(isFull ? seeds : [])('F-45 half-open for longer than a call may last [seed %i]', async (seed) => {
    const dice = new Dice('F-45', seed);
    let strikes = 0;
    await prove(dice, 1000, async () => {
      // Each one opens the breaker; a few of them, or the breaker is open most of the time.
      if (strikes === 5) return;
      strikes += 1;
      proxy.stall();
      await delay(dice.between(800, 2500));
      proxy.cut();
      proxy.pass();
    });
  });
});
