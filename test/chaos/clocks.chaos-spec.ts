import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Stack } from '../support/stack.js';
import { BareRedis } from './bare-redis.js';
import { closeBooks } from './books.js';
import { Dice, isFull, isSoak, seeds } from './dice.js';
import { canMoveClocks, MovedClock } from './moved-clock.js';
import { servicesOn } from './own-redis-services.js';
import { aroundTheFault, limitedCampaign, proveOverRedis } from './redis-proof.js';
import { keepLogsOnFailure, SHORT_LEASES, untilCalls, untilStatus } from './scene.js';

const PER_SECOND = 100;
const MESSAGES = isSoak ? 10_000 : 300;
/** Few enough for every turn to rest between them. */
const SLOW_PER_SECOND = 2;
const SLOW_MESSAGES = isSoak ? 60 : 8;
const TIMEOUT_MS = 300_000;
/** An hour of waiting cut to this at most; on a busy machine too. */
const GOES_ON_WITHIN_MS = 15_000;
const HOUR_MS = 3_600_000;
const HOURS = [HOUR_MS, -HOUR_MS] as const;

const canMove = isFull && canMoveClocks();
if (isFull && !canMove) process.stdout.write('F-24 and F-59 are skipped: no compiler on a Linux is here\n');

describe.runIf(canMove)('the clock of Redis is set while campaigns send', { timeout: TIMEOUT_MS }, () => {
  let clock: MovedClock;
  let redis: BareRedis;
  let stack: Stack;

  beforeAll(async () => {
    clock = new MovedClock();
    redis = await BareRedis.start({ environment: clock.environment });
    stack = await Stack.start({
      workers: 2,
      environment: SHORT_LEASES,
      services: await servicesOn(redis),
    });
  });

  afterAll(async () => {
    await stack?.stop();
    await redis?.stop();
    clock?.remove();
  });

  beforeEach(async () => {
    keepLogsOnFailure(stack);
    await stack.simulator.clearLedger();
  });

  it.each(seeds)(
    'F-24 forward or back by an hour: no flood, and it goes on within seconds [seed %i]',
    async (seed) => {
      const dice = new Dice('F-24', seed);
      const first = dice.pick(HOURS);
      // And set right again, which is the opposite jump.
      for (const offset of [first, 0]) {
        await proveOverRedis(dice, stack, {
          messages: MESSAGES,
          perSecond: PER_SECOND,
          fail: async (campaignId) => {
            const setMs = Date.now();
            clock.set(offset);
            const [seconds] = await redis.client.time();
            expect(Math.abs(Number(seconds) * 1000 - setMs) > 1_800_000).toBe(offset !== 0);
            const { length } = (await stack.simulator.ledgerPage({ everyCall: true, limit: 50_000 })).items;
            await untilCalls(stack, campaignId, Math.min(MESSAGES, length + 20));
            const wentOnMs = Date.now() - setMs;
            expect(wentOnMs).toBeLessThan(GOES_ON_WITHIN_MS);
            return { 'set by s': offset / 1000, 'recovered ms': wentOnMs };
          },
        });
      }
    },
  );
});

describe.runIf(canMove)('workers whose clocks are wrong', { timeout: TIMEOUT_MS }, () => {
  let clocks: MovedClock[];
  let stack: Stack;

  beforeAll(async () => {
    clocks = [new MovedClock(), new MovedClock()];
    stack = await Stack.start({ workers: 0, environment: SHORT_LEASES });
    for (const { environment } of clocks) await stack.startWorker(environment);
  });

  afterAll(async () => {
    await stack?.stop();
    for (const clock of clocks ?? []) clock.remove();
  });

  beforeEach(async () => {
    keepLogsOnFailure(stack);
    await stack.simulator.clearFaults();
    await stack.simulator.clearLedger();
  });

  /** Retries wait for their time, turns rest between slots; all of it at once with a campaign at full speed. */
  async function prove(dice: Dice, set: () => Promise<void>): Promise<void> {
    await stack.simulator.addFault({
      kind: 'error',
      status: 429,
      code: 131056,
      retryAfterSeconds: 1,
      rate: 0.05,
    });
    const slowId = await limitedCampaign(stack, SLOW_MESSAGES, SLOW_PER_SECOND);
    const fastId = await limitedCampaign(stack, MESSAGES, PER_SECOND);
    await Promise.all([stack.start(slowId), stack.start(fastId)]);
    await untilCalls(stack, fastId, Math.round(MESSAGES * dice.between(0.1, 0.4)));
    const setMs = Date.now();
    await set();
    const calls = async () => (await stack.simulator.summary()).calls;
    const before = await calls();
    await expect.poll(calls, { timeout: GOES_ON_WITHIN_MS, interval: 20 }).toBeGreaterThan(before);
    const wentOnMs = Date.now() - setMs;
    await untilStatus(stack, slowId, 'completed');
    const slow = await closeBooks(dice, stack, slowId, { campaign: `${SLOW_PER_SECOND} a second` });
    const { 'stopped ms': _, ...around } = await aroundTheFault(stack, fastId, setMs, setMs);
    const fast = await closeBooks(dice, stack, fastId, { ...around, 'went on ms': wentOnMs });
    for (const [books, total, limit] of [
      [slow, SLOW_MESSAGES, SLOW_PER_SECOND],
      [fast, MESSAGES, PER_SECOND],
    ] as const) {
      expect(books.ledger.accepted).toBe(total);
      expect(books.progress.unknown).toBe(0);
      expect(books.ledger.mostPerSecond).toBeLessThanOrEqual(limit);
    }
  }

  it.each(seeds)(
    'F-59 one jumps an hour ahead, one an hour back: nothing early, nothing twice, nothing an hour late [seed %i]',
    async (seed) => {
      const dice = new Dice('F-59', seed);
      const order = dice.pick([HOURS, HOURS.toReversed()]);
      await prove(dice, async () => {
        for (const [index, clock] of clocks.entries()) {
          clock.set(order[index]!);
          await delay(dice.between(0, 300));
        }
      });
    },
  );

  it.each(seeds)(
    'F-59 one whose clock is wrong from its start sends as the others do [seed %i]',
    async (seed) => {
      const dice = new Dice('F-59', seed);
      const clock = new MovedClock(dice.pick(HOURS));
      clocks.push(clock);
      while (stack.workers.length > 0) await stack.killWorker(stack.workers[0]!);
      await stack.startWorker(clock.environment);
      await prove(dice, () => Promise.resolve());
    },
  );
});
