import { getQueueToken } from '@nestjs/bull';
import type { Queue } from 'bull';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PreparationBell } from '../../../src/campaigns/preparation/preparation-bell.js';
import { BellRinger } from '../../../src/queue/bell-ringer.js';
import {
  BELL_QUEUE,
  CAMPAIGN_QUEUE,
  KEPT_COMPLETED_JOBS,
  KEPT_FAILED_JOBS,
  STREAM_BELL_QUEUE,
} from '../../../src/queue/bull-queues.js';
import { CampaignsFixture } from '../campaigns/campaigns-app.js';

const JOBS = 300;
const CHANNEL = '00000000-0000-4000-8000-000000000001';

describe('finished jobs of Bull', () => {
  let fixture: CampaignsFixture;

  beforeAll(async () => {
    fixture = await CampaignsFixture.start();
  });

  afterAll(() => fixture.stop());

  const queueOf = (name: string) => fixture.app.get<Queue>(getQueueToken(name), { strict: false });

  it.each([
    // Streams have even numbers, all other dispatches odd ones.
    [BELL_QUEUE, () => fixture.get(BellRinger).ring('4711', CHANNEL, JOBS)],
    [STREAM_BELL_QUEUE, () => fixture.get(BellRinger).ring('4712', CHANNEL, JOBS)],
    [
      CAMPAIGN_QUEUE,
      () => Promise.all(Array.from({ length: JOBS }, () => fixture.get(PreparationBell).ring(CHANNEL))),
    ],
  ] as const)(
    'are kept by count in the queue "%s", however many there were',
    async (name, ring) => {
      const queue = queueOf(name);
      await ring();
      let jobs = 0;
      // No worker is there but this one, which fails every third.
      queue
        .process(20, () => {
          jobs += 1;
          return jobs % 3 === 0 ? Promise.reject(new Error('the spec wants it so')) : Promise.resolve();
        })
        .catch(() => undefined);
      await expect
        .poll(async () => (await queue.getWaitingCount()) + (await queue.getActiveCount()), {
          timeout: 30_000,
        })
        .toBe(0);
      expect(jobs).toBe(JOBS);
      expect(await queue.getCompletedCount()).toBe(KEPT_COMPLETED_JOBS);
      expect(await queue.getFailedCount()).toBe(KEPT_FAILED_JOBS);
      // Each queue has some keys of its own; the jobs that are gone have left none.
      const keys = await queue.client.keys(`${queue.toKey('')}*`);
      expect(keys.filter((key) => /:\d+$/.test(key))).toHaveLength(KEPT_COMPLETED_JOBS + KEPT_FAILED_JOBS);
    },
    60_000,
  );
});
