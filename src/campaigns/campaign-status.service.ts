import { Injectable } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import type { DispatchProgress } from '../ledger/dispatch.js';
import { ProgressRepository } from '../ledger/progress.repository.js';
import { SendingReasons } from '../queue/sending-reasons.js';
import type { Campaign } from './campaign.js';
import { CampaignNotFoundError } from './campaign.errors.js';
import { CampaignMetricsRepository } from './campaign-metrics.repository.js';
import { reasonOf, type CampaignReason } from './campaign-reason.js';
import {
  NO_BATCHES,
  NO_PROGRESS,
  progressOf,
  sentCount,
  type CampaignMetrics,
  type CampaignRunStatus,
} from './campaign-status.js';
import { CampaignRepository } from './campaign.repository.js';

/** Says how a campaign goes, in time that does not grow with its size. */
@Injectable()
export class CampaignStatusService {
  constructor(
    private readonly campaigns: CampaignRepository,
    private readonly progress: ProgressRepository,
    private readonly measured: CampaignMetricsRepository,
    private readonly reasons: SendingReasons,
    private readonly clock: Clock,
  ) {}

  async of(workspaceId: string, id: string): Promise<CampaignRunStatus> {
    const campaign = await this.campaigns.find(workspaceId, id);
    if (campaign === null) throw new CampaignNotFoundError(id);
    return this.describe(campaign);
  }

  async describe(campaign: Campaign): Promise<CampaignRunStatus> {
    const { id, dispatchId, isPrepared } = campaign;
    const [counts, batches] =
      dispatchId === null
        ? [NO_PROGRESS, NO_BATCHES]
        : await Promise.all([this.progress.of(dispatchId), this.progress.batches(dispatchId)]);
    const [metrics, failedJobs, reason] = await Promise.all([
      this.metrics(campaign, counts),
      dispatchId === null || counts.failed === 0 ? 0 : this.measured.failedBatches(dispatchId),
      this.reason(campaign),
    ]);
    return {
      campaignId: id,
      status: campaign.status,
      totalJobs: batches.total,
      activeJobs: batches.leased,
      waitingJobs: batches.waiting,
      completedJobs: batches.done,
      failedJobs,
      progress: progressOf(counts, isPrepared ? 0 : (campaign.expected ?? 0)),
      metrics,
      ...(reason === null ? {} : { reason }),
    };
  }

  private async metrics(campaign: Campaign, counts: DispatchProgress): Promise<CampaignMetrics> {
    const { id, dispatchId, status, startedAt, finishedAt } = campaign;
    const pulse = finishedAt === null ? await this.measured.pulse(id) : null;
    const ratePerSecond =
      pulse === null ? 0 : Math.max(0, (sentCount(counts) - pulse.settled) / pulse.ageSeconds);
    const left = counts.pending + counts.inflight;
    const finishesAt =
      finishedAt ??
      (status === 'sending' && ratePerSecond > 0
        ? new Date(this.clock.nowMs() + (left / ratePerSecond) * 1000)
        : null);
    const latencyMs = dispatchId === null ? null : await this.measured.averageLatencyMs(dispatchId);
    return {
      ratePerSecond: Math.round(ratePerSecond * 10) / 10,
      averageLatencyMs: latencyMs === null ? null : Math.round(latencyMs * 10) / 10,
      startedAt: startedAt?.toISOString() ?? null,
      finishesAt: finishesAt?.toISOString() ?? null,
    };
  }

  private async reason(campaign: Campaign): Promise<CampaignReason | null> {
    const own = reasonOf(campaign);
    if (own !== null || campaign.dispatchId === null) return own;
    return this.reasons.of(campaign.dispatchId, campaign.channelIds);
  }
}
