import { Injectable } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { ProgressRepository } from '../ledger/progress.repository.js';
import type { Campaign } from './campaign.js';
import { CampaignChannels } from './campaign-channels.js';
import { maySend } from './campaign-state.js';
import { ChannelShares } from './channel-share.js';
import { estimateMs } from './send-estimate.js';

export interface Forecast {
  /** Messages that are not sent yet. */
  readonly left: number;
  /** ISO 8601; null while it is not sending, and where nothing limits it. */
  readonly finishesAt: string | null;
}

/** Says when a campaign that runs will be done, by its rate and pacing and those of its channels as they are now. */
@Injectable()
export class RunForecast {
  constructor(
    private readonly channels: CampaignChannels,
    private readonly shares: ChannelShares,
    private readonly progress: ProgressRepository,
    private readonly clock: Clock,
  ) {}

  async of(campaign: Campaign, dispatchId: string, ratePerSecond: number | null): Promise<Forecast> {
    const { workspaceId, channelIds, status, isPrepared, expected, pacing } = campaign;
    const [counts, channels] = await Promise.all([
      this.progress.of(dispatchId),
      this.channels.stillThere(workspaceId, channelIds),
    ]);
    const unprepared = isPrepared ? 0 : Math.max(0, (expected ?? 0) - counts.total);
    const left = counts.pending + counts.inflight + unprepared;
    const sent = counts.total - counts.pending - counts.inflight - counts.skipped - counts.cancelled;
    const shared = await this.shares.inTheEnd(channels, left);
    const ms = estimateMs(shared, left, ratePerSecond, { pacing, sent });
    const isKnown = maySend(status) && (ms > 0 || left === 0);
    return { left, finishesAt: isKnown ? new Date(this.clock.nowMs() + ms).toISOString() : null };
  }
}
