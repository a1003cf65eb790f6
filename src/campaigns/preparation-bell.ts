import { InjectQueue } from '@nestjs/bull';
import { Injectable, Logger } from '@nestjs/common';
import type { Queue } from 'bull';
import {
  CAMPAIGN_QUEUE,
  KEPT_COMPLETED_JOBS,
  KEPT_FAILED_JOBS,
  type CampaignJob,
} from '../queue/bull-queues.js';

/** A start that waits for Redis is a start that hangs; the tick finds the campaign without a bell. */
const RING_TIMEOUT_MS = 1500;

/** Asks a worker to prepare a campaign. The campaign's row says what is to be done, so a lost bell loses nothing. */
@Injectable()
export class PreparationBell {
  private readonly logger = new Logger('Campaigns');

  constructor(@InjectQueue(CAMPAIGN_QUEUE) private readonly queue: Queue<CampaignJob>) {}

  /** Never throws. */
  async ring(campaignId: string): Promise<void> {
    const added = this.queue.add(
      { v: 1, campaignId },
      { attempts: 1, removeOnComplete: KEPT_COMPLETED_JOBS, removeOnFail: KEPT_FAILED_JOBS },
    );
    let timer: NodeJS.Timeout | undefined;
    const tooLong = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error('Redis did not answer')), RING_TIMEOUT_MS);
    });
    try {
      await Promise.race([added, tooLong]);
    } catch (error) {
      added.catch(() => undefined);
      this.logger.warn(`campaign ${campaignId} will be prepared by the tick: ${(error as Error).message}`);
    } finally {
      clearTimeout(timer);
    }
  }
}
