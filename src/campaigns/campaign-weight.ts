import { Injectable, Logger } from '@nestjs/common';
import { DispatchRateRepository } from '../ledger/dispatch-rate.repository.js';
import type { Campaign } from './campaign.js';
import { isInMotion } from './campaign-state.js';
import { CampaignRepository } from './campaign.repository.js';

/** The weight of a campaign that runs already. */
@Injectable()
export class CampaignWeights {
  private readonly logger = new Logger('Campaigns');

  constructor(
    private readonly campaigns: CampaignRepository,
    private readonly rates: DispatchRateRepository,
  ) {}

  mayChange({ dispatchId, status }: Campaign): boolean {
    return dispatchId !== null && isInMotion(status) && status !== 'stopping';
  }

  /** The run first, which is what counts; the campaign's own row may be locked by preparation for a chunk. */
  async change({ id, dispatchId }: Campaign, weight: number): Promise<void> {
    await this.rates.setWeight(dispatchId!, weight);
    await this.campaigns.adoptWeight(id);
    this.logger.log('the weight of a campaign was changed', { campaignId: id, weight });
  }
}
