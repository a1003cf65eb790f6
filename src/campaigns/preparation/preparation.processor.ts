import { InjectQueue } from '@nestjs/bull';
import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { Job, Queue } from 'bull';
import { Config } from '../../config/config.js';
import { CAMPAIGN_QUEUE, type CampaignJob } from '../../queue/bull-queues.js';
import { PreparationService } from './preparation.service.js';

/** Campaigns that one process prepares at once: more would share the same disk. */
const PREPARED_AT_ONCE = 2;

/** Answers the bells of campaigns that were started. Starts by hand, in workers only. */
@Injectable()
export class PreparationProcessor implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('Campaigns');

  constructor(
    @InjectQueue(CAMPAIGN_QUEUE) private readonly queue: Queue<CampaignJob>,
    private readonly preparation: PreparationService,
    private readonly config: Config,
  ) {}

  onApplicationBootstrap(): void {
    if (!this.config.roles.has('worker')) return;
    this.queue.on('error', (error) => this.logger.debug(`Bull: ${error.message}`));
    // The promise of process() lasts as long as the queue; it fails only when the queue is closed.
    this.queue.process(PREPARED_AT_ONCE, (job) => this.answer(job)).catch(() => undefined);
  }

  /** No new campaign is taken up; one that is being prepared ends with its chunk. */
  async beforeApplicationShutdown(): Promise<void> {
    if (!this.config.roles.has('worker')) return;
    await this.queue.pause(true, true).catch(() => undefined);
  }

  private async answer(job: Job<CampaignJob>): Promise<string> {
    const campaignId = campaignIdOf(job.data);
    if (campaignId === null) {
      this.logger.warn(`a job that names no campaign was dropped: ${String(job.id)}`);
      return 'dropped';
    }
    return this.preparation.prepare(campaignId);
  }
}

/** Jobs outlive releases: what is not of this version is left to the tick, which finds the campaign by itself. */
function campaignIdOf(data: Partial<CampaignJob> | null | undefined): string | null {
  return data?.v === 1 && typeof data.campaignId === 'string' ? data.campaignId : null;
}
