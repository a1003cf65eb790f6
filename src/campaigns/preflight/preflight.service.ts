import { Injectable } from '@nestjs/common';
import { Clock } from '../../common/clock.js';
import { Config } from '../../config/config.js';
import type { Campaign } from '../campaign.js';
import { CampaignNotFoundError, CampaignStatusError } from '../campaign.errors.js';
import { CampaignChannels } from '../campaign-channels.js';
import { nextStatus } from '../campaign-state.js';
import { CampaignSurveys } from '../campaign-survey.js';
import { CampaignRepository } from '../campaign.repository.js';
import { ChannelShares } from '../channel-share.js';
import type { Preflight } from './preflight.js';
import { PreflightChannels } from './preflight-channels.js';
import { PreflightContents } from './preflight-content.js';
import { costOf } from './preflight-cost.js';
import { countedOf } from './preflight-count.js';
import { PreflightSamples } from './preflight-samples.js';
import { findingsIn } from './preflight-text.js';
import { warningsOf } from './preflight-warnings.js';
import { PreflightRepository } from './preflight.repository.js';
import { PriceListRepository } from './price-list.repository.js';
import { estimateMs } from '../send-estimate.js';
import { needsConfirmation } from '../start-confirmation.js';
import { closingChannels } from '../window-rule.js';

const SAMPLES = 3;

/** Says what a campaign would do, and changes nothing. */
@Injectable()
export class PreflightService {
  constructor(
    private readonly campaigns: CampaignRepository,
    private readonly campaignChannels: CampaignChannels,
    private readonly surveys: CampaignSurveys,
    private readonly preflights: PreflightRepository,
    private readonly contents: PreflightContents,
    private readonly samples: PreflightSamples,
    private readonly shares: ChannelShares,
    private readonly channels: PreflightChannels,
    private readonly prices: PriceListRepository,
    private readonly config: Config,
    private readonly clock: Clock,
  ) {}

  async of(workspaceId: string, id: string): Promise<Preflight> {
    const campaign = await this.campaigns.find(workspaceId, id);
    if (campaign === null) throw new CampaignNotFoundError(id);
    const { status, content } = campaign;
    if (nextStatus(status, 'start') === null || content === null) {
      throw new CampaignStatusError(
        'checked before its start',
        status,
        'GET …/queue-status says how it goes.',
      );
    }
    const channels = await this.campaignChannels.resolve(workspaceId, campaign.channelIds);
    const ids = channels.map((channel) => channel.id);
    const verdict = await this.contents.of(content, channels);
    const category = verdict.category ?? campaign.category;
    const scope = await this.surveys.scopeOf({ ...campaign, category });
    const [groups, used, list] = await Promise.all([
      this.preflights.groups(scope, closingChannels(content, channels)),
      this.preflights.usedLately(workspaceId, ids),
      this.prices.find(workspaceId),
    ]);
    const { counts, missing, byCountry, samples } = countedOf(groups, scope.variables, SAMPLES);
    const { recipients } = counts;
    const shared = await this.shares.inTheEnd(channels, recipients);
    const [lines, rendered] = await Promise.all([
      this.channels.of(shared, recipients),
      this.samples.of(scope, content, channels, samples, recipients),
    ]);
    const { pacing, ratePerSecond } = campaign;
    const durationMs = estimateMs(shared, recipients, ratePerSecond, { pacing, sent: 0 });
    return {
      campaignId: id,
      status,
      category,
      counts,
      missingVariables: missing,
      samples: rendered,
      durationMs,
      finishesAt: durationMs === 0 ? null : new Date(this.beginsMs(campaign) + durationMs).toISOString(),
      channels: lines,
      cost: costOf(list, byCountry, category),
      warnings: warningsOf({
        counts,
        missing,
        channels: lines,
        newChannels: channels.flatMap((channel) => (used.has(channel.id) ? [] : [channel.name])),
        isMarketing: category === 'marketing',
        text: findingsIn(content, this.config.consent.stopWords),
        ofContent: verdict.warnings,
      }),
      needsConfirmation: needsConfirmation(recipients, this.config.confirmAbove),
    };
  }

  private beginsMs({ status, dueAt }: Campaign): number {
    const nowMs = this.clock.nowMs();
    return status === 'scheduled' && dueAt !== null ? Math.max(nowMs, dueAt.getTime()) : nowMs;
  }
}
