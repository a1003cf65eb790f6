import { Injectable } from '@nestjs/common';
import { Sql } from '../../database/sql.js';
import { DispatchStages } from '../../ledger/dispatch-stages.repository.js';
import type { Campaign } from '../campaign.js';
import { CampaignChannels } from '../campaign-channels.js';
import { preparedAs } from '../campaign-state.js';
import { CampaignSurveys } from '../campaign-survey.js';
import { CampaignRepository } from '../campaign.repository.js';
import { ChannelShares } from '../channel-share.js';
import { stagesOf } from '../governance/campaign-stages.js';
import { ChunkWriting, type Chunk, type ChunkWork } from './chunk-writing.js';
import { ResendChunks } from '../resend/resend-chunks.js';
import { windowedChannels } from '../window-rule.js';

/** Writes the audience of a campaign into the ledger, one chunk a call. */
@Injectable()
export class CampaignChunks {
  constructor(
    private readonly sql: Sql,
    private readonly campaigns: CampaignRepository,
    private readonly surveys: CampaignSurveys,
    private readonly channels: CampaignChannels,
    private readonly shares: ChannelShares,
    private readonly writing: ChunkWriting,
    private readonly resends: ResendChunks,
    private readonly stages: DispatchStages,
  ) {}

  /**
   * What all chunks have in common is read once, and again where somebody gave the campaign other channels; the returned
   * function writes the next one.
   */
  async of(
    workspaceId: string,
    campaignId: string,
    leaseMs: number,
  ): Promise<() => Promise<Exclude<Chunk, { readonly kind: 'outdated' }>>> {
    let next = await this.read(workspaceId, campaignId, leaseMs);
    return async () => {
      for (;;) {
        const chunk = await next();
        if (chunk.kind !== 'outdated') return chunk;
        next = await this.read(workspaceId, campaignId, leaseMs);
      }
    };
  }

  private async read(
    workspaceId: string,
    campaignId: string,
    leaseMs: number,
  ): Promise<() => Promise<Chunk>> {
    const campaign = await this.campaigns.find(workspaceId, campaignId);
    if (campaign?.dispatchId == null) return async () => ({ kind: 'left' });
    const again = await this.resends.of(campaign, leaseMs);
    if (again !== null) return again;
    const work: ChunkWork = {
      campaign,
      dispatchId: campaign.dispatchId,
      scope: { ...(await this.surveys.scopeOf(campaign)), hasZones: campaign.isZoned },
      ...(await this.channelsOf(campaign)),
      stageEnds: stagesOf(campaign).length === 0 ? null : await this.stages.endsOf(campaign.dispatchId),
      leaseMs,
    };
    return () => this.sql.transaction((tx) => this.writing.write(tx, work));
  }

  /**
   * Behind a stop nothing is sent, so a channel that is gone keeps nobody from being written down. Else the others of its
   * campaign take its part; without any other, the campaign says so.
   */
  private async channelsOf(campaign: Campaign): Promise<Pick<ChunkWork, 'shares' | 'windowed'>> {
    const { workspaceId, channelIds, status, expected, content } = campaign;
    const left = await this.channels.stillThere(workspaceId, channelIds);
    if (preparedAs(status) === 'cancelled') {
      const shares = channelIds.map((channelId) => ({ channelId, weight: 1 }));
      return { shares, windowed: windowedChannels(content, left) };
    }
    const channels = left.length > 0 ? left : await this.channels.resolve(workspaceId, channelIds);
    const shares = await this.shares.atStart(channels, expected ?? 0);
    return { shares, windowed: windowedChannels(content, channels) };
  }
}
