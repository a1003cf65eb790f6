import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MILLION_BENCH } from '../../bench/million/million.bench.js';
import { fullAudit } from '../support/auditor.js';
import { Stack } from '../support/stack.js';
import { Dice, isFull, isSoak, seeds } from './dice.js';
import { servicesOn } from './own-redis-services.js';
import { OwnServer } from './own-server.js';
import { canReadMemory } from './process-memory.js';
import { callsOf, keepLogsOnFailure, repeatedly, SHORT_LEASES } from './scene.js';
import { FAULT_KINDS, SoakFaults } from './soak-faults.js';
import { SoakFigures } from './soak-figures.js';

const PER_SECOND = 50;
const HOUR_MS = 3_600_000;
const SOAK_MS = Number(process.env['CAUDAL_SOAK_HOURS'] ?? 24) * HOUR_MS;
const MOST_RECIPIENTS = 5_000_000;
/** Ten minutes of sending each; without the soak, one that takes some ten seconds. */
const MESSAGES = isSoak ? 30_000 : 500;
const BETWEEN_FAULTS_MS: readonly [number, number] = isSoak ? [20_000, 60_000] : [100, 600];
const DURATIONS = isSoak
  ? ({ redisMs: [5000, 60_000], answersMs: [10_000, 60_000] } as const)
  : ({ redisMs: [500, 1000], answersMs: [800, 1500] } as const);
const SAMPLE_EVERY_MS = isSoak ? 600_000 : 1000;
/** A campaign under fire, and the faults that hold it up. */
const CAMPAIGN_WAIT = { timeout: isSoak ? 2 * HOUR_MS : 120_000, interval: 200 };
const WAIT = { timeout: 150_000, interval: 20 };

describe.runIf(isFull)('hours of sending under faults of every kind', () => {
  let redis: OwnServer;
  let stack: Stack;
  let used = 0;

  beforeAll(async () => {
    redis = await OwnServer.redis();
    stack = await Stack.start({
      workers: 2,
      environment: SHORT_LEASES,
      services: await servicesOn(redis),
    });
  });

  afterAll(async () => {
    await stack.stop();
    await redis.stop();
  });

  beforeEach(() => keepLogsOnFailure(stack));

  const hasEnded = async (campaignId: string): Promise<boolean> =>
    (await stack.status(campaignId)).status === 'completed';

  /** From now until something is sent again, or nothing is left to send. */
  async function untilSending(campaignId: string): Promise<number> {
    const endedAt = performance.now();
    const before = await callsOf(stack, campaignId);
    await expect
      .poll(async () => (await callsOf(stack, campaignId)) > before || (await hasEnded(campaignId)), WAIT)
      .toBe(true);
    return performance.now() - endedAt;
  }

  it.skipIf(!canReadMemory).each(seeds)(
    'L-01 at fifty a second through kills, outages and cut calls every book is clean and nothing grows [seed %i]',
    async (seed) => {
      const dice = new Dice('L-01', seed);
      const figures = new SoakFigures(stack, stack.redis);
      const faults = new SoakFaults(dice, stack, redis, DURATIONS);
      const channelId = await stack.createChannel({ statusDelayMs: 50, seed }, { perSecond: PER_SECOND });
      const beganAt = performance.now();
      const total = { campaigns: 0, messages: 0, accepted: 0, duplicates: 0, lost: 0, failed: 0, unknown: 0 };
      let worstMs = 0;
      let most = 0;
      const sampling = repeatedly(SAMPLE_EVERY_MS, async () => {
        const minutes = ((performance.now() - beganAt) / 60_000).toFixed(1);
        const sample = await figures.sample();
        if (isSoak)
          process.stdout.write(`L-01 after ${minutes} min: ${JSON.stringify({ ...sample, ...total })}\n`);
      });
      do {
        await stack.simulator.clearLedger();
        const campaignId = await stack.createCampaign(MESSAGES, channelId, used);
        used += MESSAGES;
        await stack.start(campaignId);
        // Without the soak each kind once: a slow machine would else get no time to send at all.
        for (let nth = 0; isSoak || nth < FAULT_KINDS.length; nth += 1) {
          await delay(dice.between(...BETWEEN_FAULTS_MS));
          if (await hasEnded(campaignId)) break;
          await faults.strike(campaignId);
          worstMs = Math.max(worstMs, await untilSending(campaignId));
        }
        await expect.poll(() => hasEnded(campaignId), CAMPAIGN_WAIT).toBe(true);
        const { progress, ledger } = await fullAudit(stack, campaignId);
        total.campaigns += 1;
        total.messages += progress.total;
        total.accepted += ledger.accepted;
        total.duplicates += ledger.duplicates;
        total.lost += progress.pending + progress.inflight;
        total.failed += progress.failed;
        total.unknown += progress.unknown;
        most = Math.max(most, ledger.mostPerSecond);
      } while (isSoak ? performance.now() - beganAt < SOAK_MS : faults.struck.size < FAULT_KINDS.length);
      await sampling.stop();
      const growth = figures.growth();
      dice.tell({
        ...total,
        'recovered ms': Math.round(worstMs),
        'most in a second': most,
        ...Object.fromEntries([...faults.struck].map(([kind, times]) => [kind, times])),
        ...Object.fromEntries(growth.map(({ name, from, to }) => [name, `${from} to ${to}`])),
      });
      // A busy machine may bring a call to the provider later than the next one.
      expect(most).toBeLessThanOrEqual(PER_SECOND * 1.1);
      // Some seconds are a start, in which everything grows.
      if (isSoak) expect(growth.filter(({ isFlat }) => !isFlat)).toEqual([]);
    },
    isSoak ? SOAK_MS + 3 * HOUR_MS : undefined,
  );

  // A million of them are `script/bench million`.
  it.runIf(isSoak).each(seeds)(
    'L-02 a campaign to five million: its progress is told within 50 ms from the first to the last [seed %i]',
    async (seed) => {
      const dice = new Dice('L-02', seed);
      const say = (line: string): void => void process.stdout.write(`L-02: ${line}\n`);
      const { figures } = await MILLION_BENCH.run({ recipients: MOST_RECIPIENTS, small: 10_000 }, say);
      dice.tell({ messages: MOST_RECIPIENTS, ...figures });
      expect(figures['statusP99Ms']).toBeLessThan(50);
    },
    12 * HOUR_MS,
  );
});
