import { Injectable, Logger } from '@nestjs/common';
import { CampaignHolding } from './campaign-holding.js';
import { QualityWatchRepository, type TaintedCampaign } from './quality-watch.repository.js';

/** As whom a campaign is held where nobody did it. */
const BY = 'Caudal';

/**
 * Holds marketing campaigns when the provider rates one of their numbers RED: people block or report it, and each further
 * message makes it worse. Not the channel, whose answers, codes and single messages go out as before. Who confirms such a
 * campaign knows of it: it is held again only when a number turns RED anew. Safe in any number of processes.
 */
@Injectable()
export class QualityWatch {
  private readonly logger = new Logger('Campaigns');

  constructor(
    private readonly campaigns: QualityWatchRepository,
    private readonly holding: CampaignHolding,
  ) {}

  async run(): Promise<void> {
    for (const campaign of await this.campaigns.tainted()) {
      // One that ended meanwhile keeps no other from being held.
      await this.hold(campaign).catch((error: unknown) => {
        this.logger.warn(`campaign ${campaign.id} was not held: ${(error as Error).message}`, {
          campaignId: campaign.id,
        });
      });
    }
  }

  private async hold({ id: campaignId, workspaceId, channels }: TaintedCampaign): Promise<void> {
    const names = channels.map((name) => `"${name}"`).join(', ');
    const reason =
      `The provider rates the quality of ${channels.length === 1 ? `channel ${names}` : `the channels ${names}`} RED: ` +
      'people block or report it. Take it out of the campaign, or wait until it is rated better; then confirm the ' +
      'campaign, or stop it.';
    await this.holding.hold({ workspaceId, campaignId, code: 'quality', reason, by: BY }, (tx) =>
      this.campaigns.note(tx, campaignId),
    );
  }
}
