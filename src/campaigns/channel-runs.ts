import { Injectable } from '@nestjs/common';
import type { CampaignStatus } from './campaign-state.js';
import { CampaignRepository } from './campaign.repository.js';
import { RunForecast, type Forecast } from './run-forecast.js';

export interface ChannelRun extends Forecast {
  readonly id: string;
  readonly name: string;
  readonly status: CampaignStatus;
}

const MOST_RUNS = 100;

/** The campaigns that run on a channel, each with when it will be done as things are now. */
@Injectable()
export class ChannelRuns {
  constructor(
    private readonly campaigns: CampaignRepository,
    private readonly forecast: RunForecast,
  ) {}

  async of(workspaceId: string, channelId: string): Promise<ChannelRun[]> {
    const running = await this.campaigns.runningOn(workspaceId, channelId, MOST_RUNS);
    return Promise.all(
      running.map(async (campaign) => {
        const { id, name, status, dispatchId, ratePerSecond } = campaign;
        const forecast =
          dispatchId === null
            ? { left: campaign.expected ?? 0, finishesAt: null }
            : await this.forecast.of(campaign, dispatchId, ratePerSecond);
        return { id, name, status, ...forecast };
      }),
    );
  }
}
