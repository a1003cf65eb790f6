import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { closeBooks } from './books.js';
import { callsFor, msUntilAccepted } from './call-times.js';
import { DetouredStage } from './detoured-stage.js';
import { Dice, isFull, isSoak, seeds } from './dice.js';
import { MAX_OPEN_CALLS, repeatedly, untilCalls } from './scene.js';

const PER_SECOND = 800;
const MESSAGES = isSoak ? 40_000 : isFull ? 4000 : 2400;
/** Each one opens the breaker; of more of them it would be open most of the time. */
const HALF_OPEN = isSoak ? 10 : 2;

describe('the way to the provider', () => {
  const stage = DetouredStage.set('provider');

  async function prove(
    dice: Dice,
    everyMs: number,
    strike: () => Promise<void>,
  ): Promise<{ unknown: number; failed: number }> {
    const { stack } = stage;
    const campaignId = await stage.startCampaign(MESSAGES, { statusDelayMs: 20 }, { perSecond: PER_SECOND });
    await untilCalls(stack, campaignId, MESSAGES * 0.1);
    const trouble = repeatedly(everyMs, strike);
    await untilCalls(stack, campaignId, MESSAGES * 0.7);
    await trouble.stop();
    stage.proxy.pass();
    const passedMs = Date.now();
    await untilCalls(stack, campaignId, MESSAGES * 0.75);
    const { progress, ledger } = await closeBooks(dice, stack, campaignId, {
      'recovered ms': msUntilAccepted(await callsFor(stack, campaignId), passedMs),
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
        stage.proxy.cut(() => dice.chance(0.5));
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
        stage.proxy.refuse();
        await delay(dice.between(1000, 2000));
        stage.proxy.pass();
      });
      expect(unknown).toBeLessThanOrEqual(2 * MAX_OPEN_CALLS);
    },
  );

  it.each(isFull ? seeds : [])('F-45 half-open for longer than a call may last [seed %i]', async (seed) => {
    const dice = new Dice('F-45', seed);
    let strikes = 0;
    await prove(dice, 1000, async () => {
      if (strikes === HALF_OPEN) return;
      strikes += 1;
      stage.proxy.stall();
      await delay(dice.between(800, 2500));
      stage.proxy.cut();
      stage.proxy.pass();
    });
  });
});
