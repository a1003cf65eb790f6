import { Injectable, Logger } from '@nestjs/common';
import { DispatchRateRepository } from '../ledger/dispatch-rate.repository.js';
import { BellRinger } from '../queue/bell-ringer.js';
import { Throttle } from '../queue/throttle.js';
import type { Campaign } from './campaign.js';
import { CampaignNotFoundError, CampaignStatusError } from './campaign.errors.js';
import { isInMotion, maySend, type CampaignStatus } from './campaign-state.js';
import { CampaignStatusService } from './campaign-status.service.js';
import { CampaignRepository } from './campaign.repository.js';
import { RunForecast, type Forecast } from './run-forecast.js';

export interface RateAnswer extends Forecast {
  readonly status: CampaignStatus;
  readonly ratePerSecond: number | null;
}

/** Changes the rate of a campaign that runs. */
@Injectable()
export class CampaignRateService {
  private readonly logger = new Logger('Campaigns');

  constructor(
    private readonly campaigns: CampaignRepository,
    private readonly rates: DispatchRateRepository,
    private readonly throttle: Throttle,
    private readonly bells: BellRinger,
    private readonly statuses: CampaignStatusService,
    private readonly forecast: RunForecast,
  ) {}

  /**
   * The row of the run first, then Redis, which then holds all workers to it from their next grant; one that it could
   * not be told to is heard of from the row within a third of a second. The campaign's own row comes last: preparation
   * may have it locked for a chunk.
   */
  async change(
    workspaceId: string,
    id: string,
    ratePerSecond: number | null,
    by: string,
  ): Promise<RateAnswer> {
    const campaign = await this.campaigns.find(workspaceId, id);
    if (campaign === null) throw new CampaignNotFoundError(id);
    const { status, dispatchId } = campaign;
    if (dispatchId === null || !isInMotion(status) || status === 'stopping') {
      const hint =
        status === 'draft'
          ? `PATCH /api/campaigns/${id} sets the rate of a draft.`
          : 'nothing of it is sent.';
      throw new CampaignStatusError('given another rate', status, hint);
    }
    const rate = await this.rates.set(dispatchId, ratePerSecond);
    await this.throttle.tellRate({ id: dispatchId, rate }).catch((error: Error) => {
      this.logger.warn(`the rate of campaign ${id} was not told to Redis: ${error.message}`);
    });
    await this.goOn(campaign, dispatchId);
    await this.campaigns.adoptRate(id);
    this.logger.log('the rate of a campaign was changed', { campaignId: id, ratePerSecond, by });
    this.statuses.forget(workspaceId, id);
    return { status, ratePerSecond, ...(await this.forecast.of(campaign, dispatchId, ratePerSecond)) };
  }

  /** A faster rate must not wait for what was parked under a slower one. */
  private async goOn({ status, channelIds }: Campaign, dispatchId: string): Promise<void> {
    if (!maySend(status)) return;
    await this.rates.unpark(dispatchId);
    for (const channelId of channelIds) await this.bells.ring(dispatchId, channelId);
  }
}
