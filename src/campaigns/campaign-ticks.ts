import { Injectable, Logger } from '@nestjs/common';
import { CancelRepository } from '../ledger/cancel.repository.js';
import { CampaignSettling, type Settling } from './campaign-settling.js';
import { CampaignTickRepository, type TickedCampaign } from './campaign-tick.repository.js';

/** Batches of one statement: some ten thousand messages, so that no transaction holds more locks than that. */
const CANCELLED_AT_ONCE = 20;
/** A tick that cancels a huge campaign gives way to the others after this; the next goes on. */
const CANCEL_FOR_MS = 3000;

/**
 * Concludes what orders and workers have brought about: pausing → paused, stopping → stopped, sending → completed.
 * Called every second by each worker; whoever locks a campaign first does it.
 */
@Injectable()
export class CampaignTicks {
  private readonly logger = new Logger('Campaigns');

  constructor(
    private readonly ticks: CampaignTickRepository,
    private readonly settling: CampaignSettling,
    private readonly cancels: CancelRepository,
  ) {}

  async run(): Promise<void> {
    for (const campaign of await this.ticks.inStatus('pausing')) await this.conclude(campaign, 'settlePause');
    for (const campaign of await this.ticks.inStatus('stopping')) {
      await this.cancel(campaign);
      await this.conclude(campaign, 'settleStop');
    }
    for (const campaign of await this.ticks.allSettled()) await this.conclude(campaign, 'complete');
    await this.ticks.pulse();
  }

  /** Behind the closed gate, batch by batch; batches that a worker holds come back within a turn. */
  private async cancel({ dispatchId }: TickedCampaign): Promise<void> {
    if (dispatchId === null) return;
    await this.cancels.unpark(dispatchId);
    const endMs = performance.now() + CANCEL_FOR_MS;
    while (performance.now() < endMs) {
      if ((await this.cancels.cancelReady(dispatchId, CANCELLED_AT_ONCE)) === 0) return;
    }
  }

  /** One campaign that cannot be concluded keeps no other waiting. */
  private async conclude(campaign: TickedCampaign, settling: Settling): Promise<void> {
    try {
      await this.settling.settle(campaign, settling);
    } catch (error) {
      this.logger.warn(`campaign ${campaign.id} could not be settled: ${(error as Error).message}`, {
        campaignId: campaign.id,
      });
    }
  }
}
