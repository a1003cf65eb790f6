import { InjectQueue } from '@nestjs/bull';
import { Injectable, Logger } from '@nestjs/common';
import type { Queue } from 'bull';
import {
  CAMPAIGN_QUEUE,
  KEPT_COMPLETED_JOBS,
  KEPT_FAILED_JOBS,
  type CampaignJob,
} from '../../queue/bull-queues.js';
import { rungInTime } from '../../queue/ringing.js';

/** Asks a worker to prepare a campaign. The campaign's row says what is to be done, so a lost bell loses nothing. */
@Injectable()
export class PreparationBell {
  private readonly logger = new Logger('Campaigns');

  constructor(@InjectQueue(CAMPAIGN_QUEUE) private readonly queue: Queue<CampaignJob>) {}

  /** Never throws. A start that waits for Redis is a start that hangs; the tick finds the campaign without a bell. */
  async ring(campaignId: string): Promise<void> {
    const adding = this.queue.add(
      { v: 1, campaignId },
      { attempts: 1, removeOnComplete: KEPT_COMPLETED_JOBS, removeOnFail: KEPT_FAILED_JOBS },
    );
    const rung = await rungInTime(adding);
    if (rung.kind === 'lost') {
      this.logger.warn(`campaign ${campaignId} will be prepared by the tick: ${rung.reason}`);
    }
  }
}
