import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config.js';
import type { Campaign } from '../campaign.js';
import { CampaignChannels } from '../campaign-channels.js';
import { CampaignSurveys } from '../campaign-survey.js';
import { ConfirmationNeededError, needsConfirmation } from '../start-confirmation.js';

/** Nobody is there to be asked when a campaign is due, so a large one is asked about when it is given its time. */
@Injectable()
export class ScheduleConfirmation {
  constructor(
    private readonly surveys: CampaignSurveys,
    private readonly channels: CampaignChannels,
    private readonly config: Config,
  ) {}

  /** Throws where a start by hand would ask now. Costs nothing in a deployment that never asks. */
  async refuseLarge(campaign: Campaign): Promise<void> {
    const { confirmAbove } = this.config;
    if (confirmAbove === 0) return;
    const recipients = await this.recipientsOf(campaign);
    if (needsConfirmation(recipients, confirmAbove)) {
      throw new ConfirmationNeededError(recipients, confirmAbove, 'schedule');
    }
  }

  /** The rows of an upload may not be committed yet; its audience says how many can be sent to. */
  private async recipientsOf(campaign: Campaign): Promise<number> {
    const { workspaceId, audience, channelIds } = campaign;
    if (audience.kind === 'file') return audience.rows - audience.rejected;
    const channels = await this.channels.stillThere(workspaceId, channelIds);
    return (await this.surveys.of(campaign, channels)).recipients;
  }
}
