import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { JOURNAL_FOLDER, journalsIn, startsOf } from '../../src/queue/journal-file.js';
import type { CaudalProcess } from '../support/caudal-process.js';
import { closeBooks } from './books.js';
import { DetouredStage } from './detoured-stage.js';
import { Dice, isFull, seeds } from './dice.js';
import { LEASE_MS, untilCalls } from './scene.js';
import { callCounter, untilMore } from './standstill.js';

const MESSAGES = 2000;
const SETTINGS = { latencyMs: 60, jitterMs: 60, statusDelayMs: 20 };
const TROUBLE = new URL('../support/trouble.mjs', import.meta.url).href;
const BLOCKED_MS = LEASE_MS * 2;
const MOST_MS_TO_END = 30_000;

describe.runIf(isFull)('a process that ends, or stands still, at the worst moment', () => {
  const stage = DetouredStage.set('provider', {
    NODE_OPTIONS: `--import=${TROUBLE}`,
    TROUBLE_BLOCK_MS: String(BLOCKED_MS),
  });

  async function inFlight(campaignId: string): Promise<number> {
    const { ledger } = stage.stack;
    return (await ledger.progress.recount(await stage.stack.dispatchOf(campaignId))).inflight;
  }

  /** Calls that workers noted as begun. */
  async function begun(campaignId: string): Promise<number> {
    const folder = join(stage.stack.dataDir, JOURNAL_FOLDER);
    const dispatchId = await stage.stack.dispatchOf(campaignId);
    const noted = journalsIn(folder).flatMap(({ workerId }) => [...startsOf(folder, workerId)]);
    return noted.filter((key) => key.startsWith(`${dispatchId}:`)).length;
  }

  async function replaceWorkers(): Promise<void> {
    const { stack } = stage;
    while (stack.workers.length > 0) await stack.killWorker(stack.workers[0]!);
    stage.proxy.cut();
    stage.proxy.pass();
    await stack.simulator.clearFaults();
    await Promise.all([stack.startWorker(), stack.startWorker()]);
  }

  it.each(seeds)(
    'F-02 kill -9 between the barrier and the first byte: unknown after the lease, never pending, never sent [seed %i]',
    async (seed) => {
      const dice = new Dice('F-02', seed);
      const { stack } = stage;
      const campaignId = await stage.startCampaign(MESSAGES, SETTINGS, { perSecond: 800 });
      await untilCalls(stack, campaignId, Math.round(dice.between(100, 500)));
      stage.proxy.stall();
      // Of these, some are beyond the proxy already; of those that begin from now on, not one byte reaches the provider.
      const before = await begun(campaignId);
      await expect.poll(() => begun(campaignId), { timeout: 20_000, interval: 10 }).toBeGreaterThan(before);
      const left = await inFlight(campaignId);
      await replaceWorkers();
      const recoveredMs = await untilMore(await callCounter(stack, campaignId), MESSAGES);
      const { progress, ledger, unknownNeverHeard } = await closeBooks(dice, stack, campaignId, {
        'in flight at the kill': left,
        'recovered ms': recoveredMs,
      });
      expect(unknownNeverHeard).toBe(progress.unknown);
      expect(progress.unknown).toBeGreaterThan(0);
      expect(ledger.accepted + progress.unknown).toBe(MESSAGES);
    },
  );

  it.each(seeds)(
    'F-03 kill -9 after the provider took it and before its answer: accepted by its status, not sent again [seed %i]',
    async (seed) => {
      const dice = new Dice('F-03', seed);
      const { stack } = stage;
      const campaignId = await stage.startCampaign(MESSAGES, SETTINGS, { perSecond: 800 });
      await untilCalls(stack, campaignId, Math.round(dice.between(100, 500)));
      await stack.simulator.addFault({ kind: 'hang', processed: true });
      await expect.poll(() => inFlight(campaignId), { interval: 10 }).toBeGreaterThan(0);
      const left = await inFlight(campaignId);
      await replaceWorkers();
      const recoveredMs = await untilMore(await callCounter(stack, campaignId), MESSAGES);
      const { progress, ledger, unknownNeverHeard } = await closeBooks(dice, stack, campaignId, {
        'in flight at the kill': left,
        'recovered ms': recoveredMs,
      });
      // Those whose first byte the kill forestalled; the others were told by their statuses.
      expect(progress.unknown).toBe(unknownNeverHeard);
      expect(ledger.accepted + progress.unknown).toBe(MESSAGES);
    },
  );

  it.each(seeds)(
    'F-07 an event loop that stands still for twice the lease: others go on, and it sends nothing late [seed %i]',
    async (seed) => {
      const dice = new Dice('F-07', seed);
      const { stack } = stage;
      const campaignId = await stage.startCampaign(MESSAGES * 2, SETTINGS, { perSecond: 500 });
      await untilCalls(stack, campaignId, Math.round(dice.between(100, 500)));
      dice.pick(stack.workers).signal('SIGUSR2');
      const { progress, ledger, unknownNeverHeard } = await closeBooks(dice, stack, campaignId, {
        'stood still ms': BLOCKED_MS,
      });
      expect(progress.unknown).toBe(unknownNeverHeard);
      expect(ledger.accepted + progress.unknown).toBe(MESSAGES * 2);
    },
  );

  it.each(seeds)(
    'F-08 a rejection that nobody handles ends the process, and nothing is lost with it [seed %i]',
    async (seed) => {
      const dice = new Dice('F-08', seed);
      const { stack } = stage;
      const campaignId = await stage.startCampaign(MESSAGES, SETTINGS, { perSecond: 500 });
      await untilCalls(stack, campaignId, Math.round(dice.between(100, 500)));
      const ending = await endOf(dice.pick(stack.workers), 'SIGWINCH');
      await stack.startWorker();
      const { progress, ledger } = await closeBooks(dice, stack, campaignId, {
        'ended with': ending.code ?? -1,
      });
      expect(ending.code).toBeGreaterThan(0);
      expect(ledger.accepted + progress.unknown).toBe(MESSAGES);
    },
  );

  it.each(seeds)(
    'F-09 SIGTERM in mid-campaign: what is out comes in, and nothing is unknown [seed %i]',
    async (seed) => {
      const dice = new Dice('F-09', seed);
      const { stack } = stage;
      const campaignId = await stage.startCampaign(MESSAGES, SETTINGS, { perSecond: 500 });
      await untilCalls(stack, campaignId, Math.round(dice.between(100, 500)));
      const askedMs = performance.now();
      const endings = await Promise.all([...stack.workers].map((worker) => endOf(worker, 'SIGTERM')));
      const endedMs = Math.round(performance.now() - askedMs);
      await Promise.all([stack.startWorker(), stack.startWorker()]);
      const recoveredMs = await untilMore(await callCounter(stack, campaignId), MESSAGES);
      const { progress, ledger } = await closeBooks(dice, stack, campaignId, {
        'stopped ms': endedMs,
        'recovered ms': recoveredMs,
      });
      expect(endings.map(({ code }) => code)).toEqual([0, 0]);
      expect(endedMs).toBeLessThan(MOST_MS_TO_END);
      expect(progress.unknown).toBe(0);
      expect(ledger.accepted).toBe(MESSAGES);
    },
  );

  /** Ends a worker by a signal of its own, and forgets it. */
  async function endOf(worker: CaudalProcess, signal: NodeJS.Signals) {
    stage.stack.workers.splice(stage.stack.workers.indexOf(worker), 1);
    worker.signal(signal);
    return worker.ended;
  }
});
