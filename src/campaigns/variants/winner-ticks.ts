import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../../common/clock.js';
import { CampaignRepository } from '../campaign.repository.js';
import { VariantCounts } from './variant-count.js';
import { decideWinner } from './winner-decision.js';
import { WinnerChoosing } from './winner-choosing.js';
import { decidesAt, testStageOf } from './winner-time.js';
import { WinnerRepository, type WaitingTest } from './winner.repository.js';

/** As whom a winner is chosen where nobody did it. */
const BY = { name: 'Caudal', principal: null };

/**
 * Chooses the winners whose time has come. In any number of processes at once: the figures are read by whoever looks,
 * and the choice is the row of whoever writes it first.
 */
@Injectable()
export class WinnerTicks {
  private readonly logger = new Logger('Campaigns');

  constructor(
    private readonly winners: WinnerRepository,
    private readonly campaigns: CampaignRepository,
    private readonly counts: VariantCounts,
    private readonly choosing: WinnerChoosing,
    private readonly clock: Clock,
  ) {}

  async run(): Promise<void> {
    for (const test of await this.winners.waiting()) {
      // One that cannot be decided keeps no other waiting.
      await this.look(test).catch((error: unknown) => {
        this.logger.warn(`no winner was chosen: ${(error as Error).message}`, {
          campaignId: test.campaignId,
        });
      });
    }
  }

  private async look({ workspaceId, campaignId }: WaitingTest): Promise<void> {
    const campaign = await this.campaigns.find(workspaceId, campaignId);
    const at = campaign === null ? null : decidesAt(campaign);
    if (campaign === null || at === null) return;
    if ((await this.winners.chosen(campaignId)) !== null) return this.choosing.release(campaign);
    if (this.clock.nowMs() < at.getTime()) return;
    const tested = await this.counts.ofTest(
      campaign.dispatchId!,
      testStageOf(campaign) + 1,
      campaign.variants!,
    );
    await this.choosing.choose(campaign, decideWinner(tested, campaign.winner!.metric), tested, BY);
  }
}
