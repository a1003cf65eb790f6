import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CaudalProcess } from '../support/caudal-process.js';
import { Stack } from '../support/stack.js';
import { closeBooks } from './books.js';
import { Dice, isFull, isSoak, seeds } from './dice.js';
import { FormerBuild } from './former-build.js';
import { callsOf, keepLogsOnFailure, SHORT_LEASES, untilCalls } from './scene.js';

/** Of each of the three parts of a deploy: the old one alone, both, the new one alone. */
const PART_MS = isSoak ? 100_000 : 1500;
const COMPILE_MS = 600_000;
const PER_SECOND = 150;
const MESSAGES = Math.round(((PART_MS * 3) / 1000 + 1) * PER_SECOND);

const former = FormerBuild.commit();
if (isFull && 'missing' in former) process.stdout.write(`F-11 is skipped: ${former.missing}\n`);

describe.runIf(isFull && 'commit' in former)('a deploy, with old and new processes at the same time', () => {
  let build: FormerBuild;
  let stack: Stack;
  let oldApi: CaudalProcess;

  beforeAll(async () => {
    const { commit } = former as { commit: string };
    const startedMs = performance.now();
    build = FormerBuild.compile(commit);
    const seconds = Math.round((performance.now() - startedMs) / 1000);
    process.stdout.write(`F-11: ${commit.slice(0, 12)} was compiled in ${seconds} s\n`);
    stack = await Stack.start({ workers: 0, environment: SHORT_LEASES });
    oldApi = await startOld('api');
  }, COMPILE_MS);

  afterAll(async () => {
    await stack?.stop();
    await build?.remove();
  });

  const startOld = (roles: string): Promise<CaudalProcess> =>
    stack.startElsewhere({ program: build.program }, { CAUDAL_ROLES: roles });

  const end = async (worker: CaudalProcess): Promise<void> => {
    stack.workers.splice(stack.workers.indexOf(worker), 1);
    worker.signal('SIGTERM');
    await worker.ended;
  };

  it.each(seeds)(
    'F-11 the build before the newest migration and this one work off one campaign, alone and together [seed %i]',
    async (seed) => {
      const dice = new Dice('F-11', seed);
      keepLogsOnFailure(stack);
      const [before] = await Promise.all([
        Promise.all([startOld('worker'), startOld('worker')]),
        stack.keepSpares(2),
      ]);
      const channelId = await stack.createChannel(
        { statusDelayMs: 20, latencyMs: 100 },
        { maxInFlight: PER_SECOND / 10 },
      );
      const campaignId = await stack.createCampaign(MESSAGES, channelId);
      const started = await stack.apiOf(oldApi).post(`/api/campaigns/${campaignId}/start`);
      expect(started.status).toBe(202);
      const atLeast = Math.round(PER_SECOND * dice.between(0.3, 0.8));
      await untilCalls(stack, campaignId, atLeast);
      await delay(PART_MS);
      const calledOld = await callsOf(stack, campaignId);

      await Promise.all([stack.startWorker(), stack.startWorker()]);
      await untilCalls(stack, campaignId, calledOld + 1);
      await delay(PART_MS);
      for (const path of ['', '/queue-status', '/messages']) {
        const answer = await stack.apiOf(oldApi).get(`/api/campaigns/${campaignId}${path}`);
        expect([path, answer.status]).toEqual([path, 200]);
      }
      const calledBoth = await callsOf(stack, campaignId);
      await Promise.all(before.map(end));

      const { ledger, progress } = await closeBooks(dice, stack, campaignId, {
        'calls of the old alone': calledOld,
        'of both': calledBoth - calledOld,
      });
      expect([ledger.accepted, progress.unknown, progress.failed]).toEqual([MESSAGES, 0, 0]);
      expect(ledger.calls).toBeGreaterThan(calledBoth);
      const complaints = stack.processes.filter((process) => process.output().includes('"level":"error"'));
      expect(complaints.map((process) => process.output())).toEqual([]);
    },
    PART_MS * 3 + 300_000,
  );
});
