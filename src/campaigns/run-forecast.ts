import { Injectable } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { DispatchChannels } from '../ledger/dispatch-channels.repository.js';
import { ProgressRepository } from '../ledger/progress.repository.js';
import type { Campaign } from './campaign.js';
import { CampaignChannels } from './campaign-channels.js';
import { maySend } from './campaign-state.js';
import { ChannelShares } from './channel-share.js';
import { PlacesForecast } from './governance/places-forecast.js';
import { FinishTimes } from './windows/finish-times.js';

export interface Forecast {
  /** Messages that are not sent yet. */
  readonly left: number;
  /** ISO 8601; null while it is not sending, where nothing limits it, and while some lies on a paused channel. */
  readonly finishesAt: string | null;
}

/** Says when a campaign that runs will be done, by its rate and pacing and those of its channels as they are now. */
@Injectable()
export class RunForecast {
  constructor(
    private readonly channels: CampaignChannels,
    private readonly shares: ChannelShares,
    private readonly progress: ProgressRepository,
    private readonly finishTimes: FinishTimes,
    private readonly places: PlacesForecast,
    private readonly runChannels: DispatchChannels,
    private readonly clock: Clock,
  ) {}

  async of(campaign: Campaign, dispatchId: string, ratePerSecond: number | null): Promise<Forecast> {
    const { workspaceId, channelIds, status, isPrepared, expected } = campaign;
    const [counts, channels, waitsForPerson] = await Promise.all([
      this.progress.of(dispatchId),
      this.channels.stillThere(workspaceId, channelIds),
      this.runChannels.hasParked(dispatchId),
    ]);
    const unprepared = isPrepared ? 0 : Math.max(0, (expected ?? 0) - counts.total);
    const left = counts.pending + counts.inflight + unprepared;
    const sent = counts.total - counts.pending - counts.inflight - counts.skipped - counts.cancelled;
    const shared = await this.shares.inTheEnd(channels, left);
    const pacedMs = await this.finishTimes.whileItRuns(
      campaign,
      dispatchId,
      shared,
      { messages: left, unprepared, sent },
      ratePerSecond,
    );
    const ms = Math.max(pacedMs, await this.places.ms(shared, left, campaign));
    const isKnown = maySend(status) && !waitsForPerson && (ms > 0 || left === 0);
    return { left, finishesAt: isKnown ? new Date(this.clock.nowMs() + ms).toISOString() : null };
  }
}
