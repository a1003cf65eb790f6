import { Injectable, Logger } from '@nestjs/common';
import { AuditLog } from '../../auth/audit-log.repository.js';
import type { Principal } from '../../auth/principal.js';
import { Clock } from '../../common/clock.js';
import { Sql } from '../../database/sql.js';
import { DispatchChannels } from '../../ledger/dispatch-channels.repository.js';
import { BellRinger } from '../../queue/bell-ringer.js';
import { CampaignNotFoundError } from '../campaign.errors.js';
import { maySend, type CampaignStatus } from '../campaign-state.js';
import { CampaignStatusService } from '../campaign-status.service.js';
import { CampaignRepository } from '../campaign.repository.js';
import { runOf } from './campaign-in-run.js';
import { ChannelNotOfCampaignError } from './run-channels.errors.js';

export interface ChannelPauseAnswer {
  readonly status: CampaignStatus;
  readonly isPaused: boolean;
  /** Messages of the campaign whose call over the channel may have begun. */
  readonly inFlight: number;
}

/** Pauses one channel of a campaign that runs: the others go on, and so do other campaigns on the channel. */
@Injectable()
export class ChannelPauses {
  private readonly logger = new Logger('Campaigns');

  constructor(
    private readonly sql: Sql,
    private readonly campaigns: CampaignRepository,
    private readonly channels: DispatchChannels,
    private readonly statuses: CampaignStatusService,
    private readonly bells: BellRinger,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /**
   * After the answer nothing of the campaign begins over the channel any more. What lies on it stays there until it is
   * resumed, or the channel is taken away from the campaign. Needs Postgres alone.
   */
  async pause(principal: Principal, id: string, channelId: string): Promise<ChannelPauseAnswer> {
    return this.order(principal, id, channelId, 'pause');
  }

  async resume(principal: Principal, id: string, channelId: string): Promise<ChannelPauseAnswer> {
    return this.order(principal, id, channelId, 'resume');
  }

  /** Under the campaign's lock, as every order, and that of its dispatch: no chunk is written meanwhile, nothing moved. */
  private async order(
    principal: Principal,
    id: string,
    channelId: string,
    order: 'pause' | 'resume',
  ): Promise<ChannelPauseAnswer> {
    const { workspaceId, keyName: by } = principal;
    const { status, dispatchId } = await this.sql.transaction(async (tx) => {
      const campaign = await this.campaigns.lock(tx, workspaceId, id);
      if (campaign === null) throw new CampaignNotFoundError(id);
      const run = runOf(campaign, `${order}d on one channel`);
      if (!campaign.channelIds.includes(channelId)) {
        throw new ChannelNotOfCampaignError(channelId, campaign.channelIds);
      }
      const paused = await this.channels.lock(tx, run.dispatchId);
      const isPaused = paused?.[channelId] !== undefined;
      // Asked for twice is asked for once, and the first who did it is named.
      if (isPaused === (order === 'pause')) return run;
      if (order === 'resume') await this.channels.resume(tx, run.dispatchId, channelId);
      else {
        const at = this.clock.now().toISOString();
        await this.channels.pause(tx, run.dispatchId, channelId, { by, at });
      }
      await this.audit.add(tx, principal, {
        action: `campaign.channel_${order}`,
        subject: id,
        details: { channelId },
      });
      return run;
    });
    this.logger.log(`a channel of a campaign was ${order}d`, { campaignId: id, channelId, by });
    this.statuses.forget(workspaceId, id);
    if (order === 'resume' && maySend(status)) await this.bells.ring(dispatchId, channelId);
    const inFlight = await this.channels.inFlight(dispatchId, channelId);
    return { status, isPaused: order === 'pause', inFlight };
  }
}
