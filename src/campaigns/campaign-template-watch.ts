import { Injectable, Logger } from '@nestjs/common';
import { adviceOn } from '../channels/template.js';
import { CampaignRunService } from './campaign-run.service.js';
import { CampaignTemplateRepository, type BarredCampaign } from './campaign-template.repository.js';

/** As whom a campaign is paused where nobody did it. */
const BY = 'Caudal';

/**
 * Pauses campaigns whose template is not approved any more on one of their channels: each further message would be
 * refused, and count against the number. Safe in any number of processes, as a pause is.
 */
@Injectable()
export class CampaignTemplateWatch {
  private readonly logger = new Logger('Campaigns');

  constructor(
    private readonly campaigns: CampaignTemplateRepository,
    private readonly runs: CampaignRunService,
  ) {}

  async run(): Promise<void> {
    for (const campaign of await this.campaigns.barred()) {
      // One that ended meanwhile keeps no other from being paused.
      await this.pause(campaign).catch((error: unknown) => {
        this.logger.warn(`campaign ${campaign.id} was not paused: ${(error as Error).message}`, {
          campaignId: campaign.id,
        });
      });
    }
  }

  private async pause({ id, workspaceId, template, status, channel }: BarredCampaign): Promise<void> {
    const reason =
      `It was paused because its template "${template}" is ${status} on channel "${channel}": ${adviceOn(status)} ` +
      'Resume it once it is approved again.';
    await this.runs.pause(workspaceId, id, BY, reason);
    this.logger.warn(`a campaign was paused: ${reason}`, { campaignId: id });
  }
}
