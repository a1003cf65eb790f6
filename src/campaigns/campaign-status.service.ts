import { Injectable } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { SharedReadings } from '../common/shared-readings.js';
import type { DispatchProgress } from '../ledger/dispatch.js';
import { ProgressRepository } from '../ledger/progress.repository.js';
import type { SendingReason } from '../queue/sending-reason.js';
import { SendingReasons } from '../queue/sending-reasons.js';
import type { Campaign } from './campaign.js';
import { CampaignNotFoundError } from './campaign.errors.js';
import { CampaignMetricsRepository, type Pulse } from './campaign-metrics.repository.js';
import { reasonOf } from './campaign-reason.js';
import {
  NO_BATCHES,
  NO_PROGRESS,
  progressOf,
  sentCount,
  type CampaignMetrics,
  type CampaignRunStatus,
} from './campaign-status.js';
import { CampaignRepository } from './campaign.repository.js';

/** While a campaign sends, its numbers are outdated as soon as they are read: a tenth of a second more is nothing. */
const FRESH_MS = 100;
const MOST_AGE_MS = 500;

/** Says how a campaign goes, in time that does not grow with its size. */
@Injectable()
export class CampaignStatusService {
  private readonly readings = new SharedReadings<CampaignRunStatus>({
    freshMs: FRESH_MS,
    mostMs: MOST_AGE_MS,
    mayShare: ({ status }) => status === 'sending',
  });

  constructor(
    private readonly campaigns: CampaignRepository,
    private readonly progress: ProgressRepository,
    private readonly measured: CampaignMetricsRepository,
    private readonly reasons: SendingReasons,
    private readonly clock: Clock,
  ) {}

  /** At most half a second old while it sends, else as it is. */
  of(workspaceId: string, id: string): Promise<CampaignRunStatus> {
    return this.readings.get(`${workspaceId}/${id}`, () => this.read(workspaceId, id));
  }

  /** After an order to the campaign: nobody is told how it was before. */
  forget(workspaceId: string, id: string): void {
    this.readings.forget(`${workspaceId}/${id}`);
  }

  private async read(workspaceId: string, id: string): Promise<CampaignRunStatus> {
    const campaign = await this.campaigns.find(workspaceId, id);
    if (campaign === null) throw new CampaignNotFoundError(id);
    return this.describe(campaign);
  }

  /** All that it asks is asked at once: beside a process that sends, each answer waits for a turn of the event loop. */
  async describe(campaign: Campaign): Promise<CampaignRunStatus> {
    const { id, dispatchId, isPrepared, finishedAt } = campaign;
    const [counts, batches, failedJobs, latencyMs, pulse, reason] = await Promise.all([
      dispatchId === null ? NO_PROGRESS : this.progress.of(dispatchId),
      dispatchId === null ? NO_BATCHES : this.progress.batches(dispatchId),
      dispatchId === null ? 0 : this.measured.failedBatches(dispatchId),
      dispatchId === null ? null : this.measured.averageLatencyMs(dispatchId),
      finishedAt === null ? this.measured.pulse(id) : null,
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
      metrics: metricsOf(campaign, counts, pulse, latencyMs, this.clock.nowMs()),
      ...(reason === null ? {} : { reason }),
    };
  }

  private async reason(campaign: Campaign): Promise<SendingReason | null> {
    const own = reasonOf(campaign);
    if (own !== null || campaign.dispatchId === null) return own;
    return this.reasons.of(campaign.dispatchId, campaign.channelIds);
  }
}

function metricsOf(
  { status, startedAt, finishedAt }: Campaign,
  counts: DispatchProgress,
  pulse: Pulse | null,
  latencyMs: number | null,
  nowMs: number,
): CampaignMetrics {
  const ratePerSecond =
    pulse === null ? 0 : Math.max(0, (sentCount(counts) - pulse.settled) / pulse.ageSeconds);
  const left = counts.pending + counts.inflight;
  const finishesAt =
    finishedAt ??
    (status === 'sending' && ratePerSecond > 0 ? new Date(nowMs + (left / ratePerSecond) * 1000) : null);
  return {
    ratePerSecond: rounded(ratePerSecond),
    averageLatencyMs: latencyMs === null ? null : rounded(latencyMs),
    startedAt: startedAt?.toISOString() ?? null,
    finishesAt: finishesAt?.toISOString() ?? null,
  };
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
