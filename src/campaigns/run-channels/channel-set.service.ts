import { Injectable, Logger } from '@nestjs/common';
import { AuditLog } from '../../auth/audit-log.repository.js';
import type { Principal } from '../../auth/principal.js';
import type { ListedChannel } from '../../channels/channel-directory.js';
import { refuseUnsupported } from '../../channels/supported-content.js';
import { Sql, type Queryable } from '../../database/sql.js';
import { DispatchChannels, type ChannelPart } from '../../ledger/dispatch-channels.repository.js';
import type { PausedChannels } from '../../ledger/paused-channels.js';
import { BellRinger } from '../../queue/bell-ringer.js';
import type { Campaign } from '../campaign.js';
import { CampaignChannels } from '../campaign-channels.js';
import { CampaignNotFoundError } from '../campaign.errors.js';
import { maySend, type CampaignStatus } from '../campaign-state.js';
import { CampaignStatusService } from '../campaign-status.service.js';
import { CampaignTemplates } from '../campaign-template.js';
import { CampaignRepository } from '../campaign.repository.js';
import { ChannelShares, type ChannelShare } from '../channel-share.js';
import { RunForecast, type Forecast } from '../run-forecast.js';
import { contentsOf } from '../variants/variant.js';
import { windowedChannels } from '../window-rule.js';
import { runOf, type CampaignInRun } from './campaign-in-run.js';
import { ChannelNotAddableError, MessagesBoundError } from './run-channels.errors.js';

export interface ChannelSetAnswer extends Forecast {
  readonly status: CampaignStatus;
  readonly channelIds: readonly string[];
  /** Messages that went from a channel that was taken away to the others. */
  readonly moved: number;
}

/** Gives a campaign other channels while it runs. */
@Injectable()
export class ChannelSets {
  private readonly logger = new Logger('Campaigns');

  constructor(
    private readonly sql: Sql,
    private readonly campaigns: CampaignRepository,
    private readonly listed: CampaignChannels,
    private readonly templates: CampaignTemplates,
    private readonly shares: ChannelShares,
    private readonly channels: DispatchChannels,
    private readonly bells: BellRinger,
    private readonly statuses: CampaignStatusService,
    private readonly forecast: RunForecast,
    private readonly audit: AuditLog,
  ) {}

  /**
   * After the answer nothing passes the barrier over a channel that was taken away; what was on its way there is settled
   * where it is, and the rest goes to the others at once, also of people who know that channel. What is added gets its
   * part as channels of a pool are evened out, within seconds.
   */
  async change(principal: Principal, id: string, channelIds: readonly string[]): Promise<ChannelSetAnswer> {
    const { workspaceId } = principal;
    const known = await this.campaigns.find(workspaceId, id);
    if (known === null) throw new CampaignNotFoundError(id);
    inRun(known);
    const wanted = await this.listed.resolve(workspaceId, channelIds);
    await this.refuseUnfit(known, wanted);
    const shares = await this.shares.atStart(wanted, known.expected ?? 0);
    const { campaign, moved } = await this.sql.transaction(async (tx) => {
      const locked = await this.campaigns.lock(tx, workspaceId, id);
      if (locked === null) throw new CampaignNotFoundError(id);
      return this.apply(tx, inRun(locked), wanted, shares, principal);
    });
    this.logger.log('the channels of a campaign were changed', { campaignId: id, channelIds, moved });
    this.statuses.forget(workspaceId, id);
    const { status, dispatchId, ratePerSecond } = campaign;
    if (maySend(status)) for (const { id: one } of wanted) await this.bells.ring(dispatchId, one);
    const forecast = await this.forecast.of(campaign, dispatchId, ratePerSecond);
    return { status, channelIds: campaign.channelIds, moved, ...forecast };
  }

  /** What a start would be refused for, and what was decided when its messages were prepared. */
  private async refuseUnfit(known: Campaign, wanted: readonly ListedChannel[]): Promise<void> {
    const added = wanted.filter(({ id }) => !known.channelIds.includes(id));
    if (added.length === 0) return;
    if (known.content === null) {
      throw new ChannelNotAddableError(added, 'each message of a bulk request was written for its channel.');
    }
    for (const content of contentsOf(known)) {
      refuseUnsupported(wanted, content);
      await this.templates.check(content, added);
      if (windowedChannels(content, added).length === 0) continue;
      throw new ChannelNotAddableError(
        added,
        'free text reaches over it only who wrote to it within 24 hours, and what is prepared was not looked through ' +
          'for that. A campaign with a template may have it.',
      );
    }
  }

  private async apply(
    tx: Queryable,
    campaign: CampaignInRun,
    wanted: readonly ListedChannel[],
    shares: readonly ChannelShare[],
    principal: Principal,
  ): Promise<{ campaign: CampaignInRun; moved: number }> {
    const { id, workspaceId, dispatchId, channelIds: before } = campaign;
    const all = wanted.map((channel) => channel.id);
    const removed = before.filter((channelId) => !all.includes(channelId));
    if (removed.length === 0 && all.length === before.length) return { campaign, moved: 0 };
    const paused = await this.channels.lock(tx, dispatchId);
    const bound = removed.length === 0 ? 0 : await this.channels.bound(tx, dispatchId, removed);
    if (bound > 0) throw new MessagesBoundError(await this.named(workspaceId, removed), bound);
    const moved = await this.channels.change(tx, dispatchId, { all, removed }, partsOf(shares, paused));
    await this.campaigns.setChannels(tx, id, all);
    const details = { before, channelIds: all, moved };
    await this.audit.add(tx, principal, { action: 'campaign.channels', subject: id, details });
    return { campaign: { ...campaign, channelIds: all }, moved };
  }

  private async named(workspaceId: string, ids: readonly string[]): Promise<{ id: string; name: string }[]> {
    const there = await this.listed.stillThere(workspaceId, ids);
    return ids.map((id) => ({ id, name: there.find((one) => one.id === id)?.name ?? id }));
  }
}

function inRun(campaign: Campaign): CampaignInRun {
  const hint = `PATCH /api/campaigns/${campaign.id} sets the channels of one that has not begun.`;
  return runOf(campaign, 'given other channels', hint);
}

/** To those that can send and are not paused; where there are none, to all, where it waits. */
function partsOf(shares: readonly ChannelShare[], paused: PausedChannels): ChannelPart[] {
  const open = shares.filter(({ channelId }) => paused?.[channelId] === undefined);
  const usable = open.filter(({ weight }) => weight > 0);
  if (usable.length > 0) return usable;
  return (open.length > 0 ? open : shares).map(({ channelId }) => ({ channelId, weight: 1 }));
}
