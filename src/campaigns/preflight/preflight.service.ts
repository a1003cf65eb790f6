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
import { PlacesForecast } from '../governance/places-forecast.js';
import { capOf } from '../governance/frequency-cap-request.js';
import { costOf } from './preflight-cost.js';
import { countedOf } from './preflight-count.js';
import { PreflightSamples } from './preflight-samples.js';
import { findingsIn } from './preflight-text.js';
import { warningsOf } from './preflight-warnings.js';
import { PreflightRepository } from './preflight.repository.js';
import { PriceListRepository } from './price-list.repository.js';
import { needsConfirmation } from '../start-confirmation.js';
import { namedContentsOf } from '../variants/variant-preflight.js';
import { testWaitMs } from '../variants/winner-time.js';
import { closingChannels } from '../window-rule.js';
import { FinishTimes } from '../windows/finish-times.js';

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
    private readonly finishTimes: FinishTimes,
    private readonly places: PlacesForecast,
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
    const contents = namedContentsOf(campaign);
    const channels = await this.campaignChannels.resolve(workspaceId, campaign.channelIds);
    const ids = channels.map((channel) => channel.id);
    const verdict = await this.contents.ofAll(contents, channels);
    const category = verdict.category ?? campaign.category;
    const scope = await this.surveys.scopeOf({ ...campaign, category });
    const { frequencyCap: cap } = capOf(campaign.frequencyCap, category, this.config.engine.frequencyCap);
    const [groups, used, list] = await Promise.all([
      this.preflights.groups(scope, closingChannels(content, channels), cap),
      this.preflights.usedLately(workspaceId, ids),
      this.prices.find(workspaceId),
    ]);
    const { counts, missing, byCountry, samples } = countedOf(groups, scope.variables, SAMPLES);
    const { recipients } = counts;
    const shared = await this.shares.inTheEnd(channels, recipients);
    const [lines, rendered] = await Promise.all([
      this.channels.of(shared, recipients),
      this.samples.of(scope, contents, channels, samples, recipients),
    ]);
    const beginsMs = this.beginsMs(campaign);
    const waitMs = testWaitMs(campaign, recipients);
    const plan = { ...campaign, category };
    const pacedMs = await this.finishTimes.beforeStart(
      plan,
      async () => scope,
      shared,
      recipients,
      beginsMs + waitMs,
    );
    const durationMs = waitMs + Math.max(pacedMs, await this.places.ms(shared, recipients, plan));
    return {
      campaignId: id,
      status,
      category,
      counts,
      missingVariables: missing,
      samples: rendered,
      durationMs,
      finishesAt: durationMs === 0 ? null : new Date(beginsMs + durationMs).toISOString(),
      channels: lines,
      cost: costOf(list, byCountry, category),
      warnings: warningsOf({
        counts,
        missing,
        channels: lines,
        newChannels: channels.flatMap((channel) => (used.has(channel.id) ? [] : [channel.name])),
        isMarketing: category === 'marketing',
        texts: contents.map((named) => ({
          variant: named.variant,
          findings: findingsIn(named.content, this.config.consent.stopWords),
        })),
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
